// Begins: the queries, the routes, and where short notices appear.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { isPassing } from "./api/error";
import { routes } from "./routes";
import { Notices } from "./ui/notice";
import "./style.css";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => isPassing(error) && failures < 2,
      retryDelay: (failures) => Math.min(1000 * 2 ** failures, 30_000) * (0.5 + Math.random() / 2),
      refetchOnWindowFocus: true,
      staleTime: 1_000,
    },
  },
});
const router = createBrowserRouter(routes);

function Console() {
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
      <Notices />
    </QueryClientProvider>
  );
}

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);

// What is shown where a page cannot be: an error of the console, or an address that leads nowhere.
import { isRouteErrorResponse, useRouteError } from "react-router";
import { Button, ButtonLink } from "@/ui/button";
import { Empty, Failure, Page } from "@/ui/panel";

export function Broken() {
  const error = useRouteError();
  const isOld = error instanceof TypeError && /import|module/i.test(error.message);
  const shown = isRouteErrorResponse(error) ? new Error(`${error.status} ${error.statusText}`) : error;
  return (
    <Page title="This page has broken">
      <Failure error={isOld ? new Error("The console has been updated since this tab was opened.") : shown} />
      <div>
        <Button look="primary" onClick={() => window.location.reload()}>
          Load the page again
        </Button>
      </div>
    </Page>
  );
}

export function NotFound({ why }: { why?: string }) {
  return (
    <Page title="Nothing is here">
      <Empty title="This address leads nowhere" action={<ButtonLink to="/">Go to the overview</ButtonLink>}>
        {why}
      </Empty>
    </Page>
  );
}

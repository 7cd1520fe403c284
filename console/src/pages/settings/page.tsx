// Settings: of this browser, and what the API says of itself.
import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";
import { queries } from "@/api/queries";
import { Fact, Facts } from "@/ui/facts";
import { Loaded, Page, Panel } from "@/ui/panel";
import { Appearance } from "./appearance";
import { Checks } from "./checks";
import { Effective } from "./effective";
import { Key } from "./key";

export function Component() {
  const query = useQuery(queries.about());
  return (
    <Page title="Settings">
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Appearance />
        <Key />
      </div>
      <Loaded query={query} lines={6}>
        {(about) => (
          <>
            <Checks of={about.checks} again={() => void query.refetch()} isLooking={query.isFetching} />
            <About of={about} />
            <Effective of={about.settings} />
          </>
        )}
      </Loaded>
      <p className="text-sm text-muted">
        Press <kbd className="rounded-sm border bg-sunken px-1.5 font-mono text-xs leading-5">?</kbd> on any
        page to see its keys.
      </p>
    </Page>
  );
}

function About({ of }: { of: Schemas["AboutPublic"] }) {
  const { database } = of;
  const isOld = database.revision !== database.newest_revision;
  return (
    <Panel title="About">
      <Facts>
        <Fact name="Version">agent-runner {of.version}</Fact>
        <Fact name="Python">
          {of.python} on {of.platform}
        </Fact>
        <Fact name="Database">
          <code className="font-mono text-sm">{database.where}</code>
          <p className={isOld ? "text-sm text-failed" : "text-sm text-muted"}>
            Tables of revision {database.revision ?? "unknown"}
            {isOld && `; this version needs ${database.newest_revision}: agent-runner db migrate`}
          </p>
        </Fact>
        <Fact name="API">
          <code className="font-mono text-sm">{of.api_url}</code>
          <p className="flex flex-wrap gap-x-4 text-sm">
            <Outside to={`${of.api_url}/docs`}>Documentation to try out</Outside>
            <Outside to={`${of.api_url}/redoc`}>To read</Outside>
            <Outside to="/api/openapi.json">OpenAPI document</Outside>
          </p>
        </Fact>
      </Facts>
    </Panel>
  );
}

function Outside({ to, children }: { to: string; children: ReactNode }) {
  if (!/^(https?:\/\/|\/)/.test(to)) return null;
  return (
    <a
      href={to}
      target="_blank"
      rel="noreferrer"
      className="inline-flex min-h-6 items-center gap-1 text-accent-ink underline"
    >
      {children}
      <ExternalLink aria-hidden className="size-3" />
    </a>
  );
}

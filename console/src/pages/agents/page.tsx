// Agents: what a run can name, the agent types for the slots of topologies, and the mixins these can have. A form makes a
// type (`?new`), or a new version of one (`?edit=ann`).
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useSearchParams } from "react-router";
import { type Agent, queries } from "@/api/queries";
import { ButtonLink } from "@/ui/button";
import { Loaded, Page, Panel } from "@/ui/panel";
import { Mixins } from "./mixins";
import { Runnable } from "./runnable";
import { draftOf, NEW } from "./type_draft";
import { TypeForm } from "./type_form";
import { Types } from "./types";

export function Component() {
  const [params] = useSearchParams();
  const query = useQuery(queries.agents());
  return (
    <Page
      title="Agents"
      actions={
        <ButtonLink look="primary" to="?new" icon={<Plus aria-hidden className="size-4" />}>
          New agent type
        </ButtonLink>
      }
    >
      <Form agents={query.data ?? []} />
      <Loaded query={query} lines={6}>
        {(agents) => (
          <>
            <Section id="runnable" title="What a run can name">
              <Runnable agents={agents.filter((agent) => agent.kind !== "type")} />
            </Section>
            <Section id="types" title="Agent types, for the slots of topologies">
              <Panel flush>
                <Types
                  agents={agents.filter((agent) => agent.kind === "type")}
                  selected={params.get("agent")}
                />
              </Panel>
            </Section>
          </>
        )}
      </Loaded>
      <Section id="mixins" title="Mixins, the capabilities of agent types">
        <Mixins />
      </Section>
    </Page>
  );
}

function Form({ agents }: { agents: Agent[] }) {
  const [params, setParams] = useSearchParams();
  const edited = agents.find((agent) => agent.kind === "type" && agent.name === params.get("edit"));
  if (!edited && !params.has("new")) return null;
  return (
    <TypeForm
      key={edited ? `${edited.name} ${edited.version}` : ""}
      draft={edited ? draftOf(edited) : NEW}
      isNamed={edited !== undefined}
      onSaved={(name) => setParams({ agent: name })}
      onClose={() => setParams(edited ? { agent: edited.name } : {})}
    />
  );
}

function Section({ id, title, children }: { id: string; title: string; children: React.ReactNode }) {
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <h2 id={id} className="text-base font-semibold">
        {title}
      </h2>
      {children}
    </section>
  );
}

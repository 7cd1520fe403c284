// A project: where it lies, what its runs have consumed, what they may do; `?edit` renames or moves it.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Play } from "lucide-react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api, body } from "@/api/client";
import { type Project, queries } from "@/api/queries";
import { cost, numberIn, plural, short } from "@/format/number";
import { duration } from "@/format/time";
import { LatestRuns } from "@/runs/latest";
import { NotFound } from "@/shell/broken";
import { ButtonLink } from "@/ui/button";
import { Delete } from "@/ui/delete";
import { Figure } from "@/ui/facts";
import { notify } from "@/ui/notice";
import { Loaded, LoadedPage, Page, Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { PathState } from "../projects/path_state";
import { ProjectForm } from "../projects/project_form";
import { PolicyForm } from "./policy_form";

export function Component() {
  const { projectId = "" } = useParams();
  const id = numberIn(projectId);
  return id ? <ProjectPage id={id} /> : <NotFound why={`“${projectId}” is no number of a project.`} />;
}

function ProjectPage({ id }: { id: number }) {
  const query = useQuery(queries.project(id));
  return (
    <LoadedPage query={query} title={`Project ${id}`} back={{ to: "/projects", name: "All projects" }}>
      {(project) => (
        <Page title={project.name} name={`Project ${project.name}`} actions={<Actions project={project} />}>
          <div className="-mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
            <span className="font-mono break-all">{project.local_path}</span>
            <PathState exists={project.path_exists} />
            <span>
              added <Time at={project.created_at} />
            </span>
          </div>
          <Content project={project} />
        </Page>
      )}
    </LoadedPage>
  );
}

function Actions({ project }: { project: Project }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const path = { project_id: project.id };
  return (
    <>
      <Delete
        what={`the project ${project.name}`}
        remove={() => api.DELETE("/projects/{project_id}", { params: { path } })}
        done={async () => {
          await navigate("/projects");
          await client.invalidateQueries({ queryKey: ["projects"], exact: true });
        }}
      >
        It is forgotten with its policy. Its directory and the files in it are not touched.
      </Delete>
      <ButtonLink to="?edit" icon={<Pencil aria-hidden className="size-3.5" />}>
        Rename or move
      </ButtonLink>
      <ButtonLink
        look="primary"
        to={`/runs/new?project=${project.id}`}
        icon={<Play aria-hidden className="size-3.5" />}
      >
        Run in it
      </ButtonLink>
    </>
  );
}

function Content({ project }: { project: Project }) {
  return (
    <>
      <Moving project={project} />
      {!project.path_exists && <NotThere path={project.local_path} />}
      <Usage project={project} />
      <Panel title="Latest runs" flush>
        <LatestRuns of={{ project_id: project.id }} all={`/runs?project=${project.id}`} />
      </Panel>
      <PolicyForm key={project.id} project={project} />
    </>
  );
}

function Moving({ project }: { project: Project }) {
  const [params, setParams] = useSearchParams();
  if (!params.has("edit")) return null;
  const close = () => setParams({});
  return (
    <Panel title="Rename or move">
      <ProjectForm
        begun={{ name: project.name, local_path: project.local_path }}
        verb="Save"
        save={(place) =>
          body(
            api.PATCH("/projects/{project_id}", {
              params: { path: { project_id: project.id } },
              body: place,
            }),
          )
        }
        onSaved={() => {
          notify("The project is saved.");
          close();
        }}
        onClose={close}
      />
    </Panel>
  );
}

function NotThere({ path }: { path: string }) {
  return (
    <p role="status" className="rounded-md bg-waiting-soft px-3 py-2 text-waiting">
      The API sees no directory at {path}. Make it a git repository, or move the project to where it is: runs
      that change files need it. A worker on another machine may see it nevertheless.
    </p>
  );
}

function Usage({ project }: { project: Project }) {
  const query = useQuery(queries.projectUsage(project.id));
  return (
    <Panel title="What its runs have consumed">
      <Loaded query={query} lines={2}>
        {(usage) => {
          const { input_tokens = 0, output_tokens = 0, estimated_calls = 0, active_seconds = 0 } = usage;
          return (
            <div className="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-5">
              <Figure name={usage.runs === 1 ? "run" : "runs"} value={usage.runs} />
              <Figure
                name="tokens"
                value={short(input_tokens + output_tokens)}
                hint={`${short(input_tokens)} in, ${short(output_tokens)} out`}
              />
              <Figure
                name="model calls"
                value={short(usage.model_calls ?? 0)}
                hint={
                  estimated_calls ? `the tokens of ${plural(estimated_calls, "call")} are estimated` : null
                }
              />
              <Figure name="of known prices" value={cost(usage.cost_usd ?? 0)} />
              <Figure name="at work" value={duration(active_seconds * 1000)} />
            </div>
          );
        }}
      </Loaded>
    </Panel>
  );
}

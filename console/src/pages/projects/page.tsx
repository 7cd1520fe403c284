// Projects: the directories that runs may work in; `?new` opens the form that adds one.
import { useQuery } from "@tanstack/react-query";
import { FolderPlus } from "lucide-react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { api, body } from "@/api/client";
import { type Project, queries } from "@/api/queries";
import { ButtonLink } from "@/ui/button";
import { notify } from "@/ui/notice";
import { Empty, Loaded, Page, Panel } from "@/ui/panel";
import { Time } from "@/ui/time";
import { summary } from "../project/policy";
import { PathState } from "./path_state";
import { ProjectForm } from "./project_form";

export function Component() {
  const [params, setParams] = useSearchParams();
  const query = useQuery(queries.projects());
  return (
    <Page
      title="Projects"
      actions={
        <ButtonLink look="primary" to="?new" icon={<FolderPlus aria-hidden className="size-4" />}>
          Add a project
        </ButtonLink>
      }
    >
      {params.has("new") && <Adding close={() => setParams({})} />}
      <Loaded query={query}>
        {({ items, next_cursor }) => (
          <>
            <Panel flush>{items.length ? <List projects={items} /> : <None />}</Panel>
            {next_cursor && (
              <p className="text-muted">The newest 100 are shown; agent-runner projects list has all.</p>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Adding({ close }: { close: () => void }) {
  const navigate = useNavigate();
  return (
    <Panel title="Add a project">
      <ProjectForm
        begun={{ name: "", local_path: "" }}
        verb="Add the project"
        save={(place) => body(api.POST("/projects", { body: place }))}
        onSaved={(project) => {
          notify(`Project ${project.name} is added.`);
          void navigate(`/projects/${project.id}`);
        }}
        onClose={close}
      />
    </Panel>
  );
}

function None() {
  return (
    <Empty title="No project yet" action={<ButtonLink to="?new">Add the first one</ButtonLink>}>
      <p>
        A project is a git repository on the machine where the workers run. An agent works in a copy of it, on
        a branch of its own; what it may do there, and what you are asked before, the project says.
      </p>
      <p className="mt-2 font-mono text-sm">agent-runner projects create my-project /home/me/my-project</p>
    </Empty>
  );
}

function List({ projects }: { projects: Project[] }) {
  return (
    <ul className="divide-y">
      {projects.map((project) => (
        <li
          key={project.id}
          className="relative grid items-start gap-x-4 gap-y-0.5 px-4 py-2.5 transition-colors hover:bg-sunken sm:grid-cols-[minmax(0,1fr)_auto] lg:grid-cols-[minmax(0,1fr)_minmax(0,20rem)_6rem_6rem]"
        >
          <div className="min-w-0">
            <Link to={`/projects/${project.id}`} className="font-medium after:absolute after:inset-0">
              {project.name}
            </Link>
            <p className="truncate font-mono text-sm text-muted" title={project.local_path}>
              {project.local_path}
            </p>
          </div>
          <p className="text-sm text-muted max-lg:hidden">{summary(project.policy)}</p>
          <PathState exists={project.path_exists} />
          <p className="text-sm text-muted max-sm:hidden">
            <Time at={project.created_at} />
          </p>
        </li>
      ))}
    </ul>
  );
}

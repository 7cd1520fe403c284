// Written by `npm run types` from docs/openapi.json. Not to be edited.

export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Root
         * @description Name, version and where to go from here.
         */
        get: operations["root__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/about": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read About
         * @description Versions, settings without secrets, and what `agent-runner doctor` finds as far as the API may look.
         *
         *     That is the database and the API's own machine; of workers, their sandboxes and models it knows what they tell.
         */
        get: operations["read_about_about_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Agents
         * @description What a run or a task can name, and what stands in the slots of topologies; `kind` tells them apart.
         */
        get: operations["read_agents_agents_get"];
        put?: never;
        /**
         * New Agent
         * @description Defines an agent for the slots of topologies, or a new version of it. Runs keep the version they began with.
         */
        post: operations["new_agent_agents_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read Agent */
        get: operations["read_agent_agents__name__get"];
        put?: never;
        post?: never;
        /**
         * Remove Agent
         * @description Forgets an agent that people have defined. While it stands in a topology this is a conflict.
         */
        delete: operations["remove_agent_agents__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Approvals
         * @description Newest first; `status=OPEN` is what waits for somebody.
         */
        get: operations["read_approvals_approvals_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live
         * @description The process answers.
         */
        get: operations["live_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live
         * @description The process answers.
         */
        get: operations["live_health_live_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ready
         * @description The database can be read and written, and has the tables of this version.
         */
        get: operations["ready_health_ready_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Status
         * @description Database, workers and queue.
         */
        get: operations["status_health_status_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mixins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Mixins
         * @description The capabilities that come with agent-runner.
         */
        get: operations["read_mixins_mixins_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Models
         * @description What could answer, whether it does, and what each worker uses: they look at start and every three minutes.
         */
        get: operations["read_models_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Overview
         * @description Counts, queue, workers, the latest failures, and what happened in the last hours. All as of one moment.
         */
        get: operations["read_overview_overview_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Projects
         * @description Newest first.
         */
        get: operations["read_projects_projects_get"];
        put?: never;
        /**
         * New Project
         * @description `name` and `local_path`, as query parameters or as JSON. The path may come into being later.
         */
        post: operations["new_project_projects_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects/{project_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read Project */
        get: operations["read_project_projects__project_id__get"];
        put?: never;
        post?: never;
        /**
         * Remove Project
         * @description Forgets a project without runs. Its directory is not touched.
         */
        delete: operations["remove_project_projects__project_id__delete"];
        options?: never;
        head?: never;
        /** Edit Project */
        patch: operations["edit_project_projects__project_id__patch"];
        trace?: never;
    };
    "/projects/{project_id}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Project Usage
         * @description What its runs have consumed. A call of unknown price adds no cost.
         */
        get: operations["read_project_usage_projects__project_id__usage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Runs
         * @description Newest first.
         */
        get: operations["read_runs_runs_get"];
        put?: never;
        /**
         * Create Run
         * @description Queues a run. The answer comes after the durable commit.
         */
        post: operations["create_run_runs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read Run */
        get: operations["read_run_runs__run_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete Run
         * @description Removes a run that has ended, with its events and its journal.
         */
        delete: operations["delete_run_runs__run_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change Run
         * @description Changes a run that is still QUEUED.
         */
        patch: operations["change_run_runs__run_id__patch"];
        trace?: never;
    };
    "/runs/{run_id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve Run
         * @description Lets the run go on. A diff is approved by its hash; the same answer again changes nothing.
         */
        post: operations["approve_run_runs__run_id__approve_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Archive
         * @description All files of the run.
         */
        get: operations["read_archive_runs__run_id__archive_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/artifacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Artifacts
         * @description By path.
         */
        get: operations["read_artifacts_runs__run_id__artifacts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/artifacts/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Artifact
         * @description The file, byte for byte.
         */
        get: operations["read_artifact_runs__run_id__artifacts__path__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Run
         * @description A run that waits is CANCELLED at once, a RUNNING one when its worker has stopped the agent.
         */
        post: operations["cancel_run_runs__run_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Diff
         * @description The diff of the run's latest question about one. `Diff-Sha256` is what an approval must name.
         */
        get: operations["read_diff_runs__run_id__diff_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Events
         * @description Events with a greater event_id, in their order. Ask again with the last one's number, and none is missed.
         */
        get: operations["read_events_runs__run_id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream Events
         * @description The events as they happen. `id` is the event_id, so a browser that comes back after `retry` misses nothing.
         *
         *     A frame `ping` comes whenever nothing else did for 15 seconds: who hears nothing for 30 should connect anew. A frame
         *     `end` says that the run has ended and all is told: close then. A stream without it was cut off: connect anew, with
         *     Last-Event-ID, which comes before `since_event_id`.
         */
        get: operations["stream_events_runs__run_id__events_stream_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/fork": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Fork Run
         * @description Queues a new run that keeps the finished steps of this one, up to a step, and goes on live from there.
         */
        post: operations["fork_run_runs__run_id__fork_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Graph Of Run
         * @description The topology that the run is, with what has become of each of its nodes until now.
         */
        get: operations["read_graph_of_run_runs__run_id__graph_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/input": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give Input
         * @description Answers a question of the kind INPUT.
         */
        post: operations["give_input_runs__run_id__input_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Logs
         * @description What is recorded by now, as text.
         */
        get: operations["read_logs_runs__run_id__logs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject Run
         * @description Cancels the run, or with `revise` sends the comment to the agent, which tries again.
         */
        post: operations["reject_run_runs__run_id__reject_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Report
         * @description What is known of the call; 404 says: nothing, so carry it out and report it.
         */
        get: operations["read_report_runs__run_id__reports_get"];
        put?: never;
        /**
         * Add One
         * @description What a call has come to. The first report stands, and every later one is answered with it.
         *
         *     A failure stands until the worker tries the run again.
         */
        post: operations["add_one_runs__run_id__reports_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Run
         * @description Queues a FAILED or CANCELLED run again. Its finished steps are not repeated.
         */
        post: operations["retry_run_runs__run_id__retry_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Steps
         * @description The journal: what is done and will not be done again.
         */
        get: operations["read_steps_runs__run_id__steps_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run_id}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Usage
         * @description The model calls of a run: how many, their tokens and their cost, by agent role and by model.
         */
        get: operations["read_usage_runs__run_id__usage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Runs
         * @description Cancels up to 1,000 runs, those of a filter newest first. One that is RUNNING ends when its agent has stopped.
         */
        post: operations["cancel_runs_runs_cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Runs
         * @description Queues up to 1,000 FAILED or CANCELLED runs again, those of a filter newest first.
         */
        post: operations["retry_runs_runs_retry_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Tasks
         * @description Newest first.
         */
        get: operations["read_tasks_tasks_get"];
        put?: never;
        /**
         * New Task
         * @description A topology that does it must be there; it is taken as it is when the task is run.
         */
        post: operations["new_task_tasks_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/{task_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read Task */
        get: operations["read_task_tasks__task_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/{task_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Task Events
         * @description The events of the task's latest run.
         */
        get: operations["read_task_events_tasks__task_id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/{task_id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run Task
         * @description Queues a run of the task. While one is under way this is a conflict.
         */
        post: operations["run_task_tasks__task_id__run_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/{task_id}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read State */
        get: operations["read_state_tasks__task_id__state_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/{task_id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop Run Of Task
         * @description Cancels the task's run.
         */
        post: operations["stop_run_of_task_tasks__task_id__stop_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/topologies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Topologies
         * @description By name. A run names one as its agent: `topology:NAME`.
         */
        get: operations["read_topologies_topologies_get"];
        put?: never;
        /**
         * New Topology
         * @description Defines a team of agents that are there, or a new version of it. Runs keep the version they began with.
         */
        post: operations["new_topology_topologies_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/topologies/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read Topology */
        get: operations["read_topology_topologies__name__get"];
        put?: never;
        post?: never;
        /**
         * Remove Topology
         * @description Forgets it; its runs have all they need. While it is a part of another topology this is a conflict.
         */
        delete: operations["remove_topology_topologies__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/topologies/{name}/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Graph Of Topology
         * @description Who is in its latest version, and who hands what to whom.
         */
        get: operations["read_graph_of_topology_topologies__name__graph_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/worker/process": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Process Queue
         * @description Wakes the live workers. With none alive, starts one process that works until the queue is empty.
         */
        post: operations["process_queue_worker_process_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/worker/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Worker Status
         * @description The live workers and the queue.
         */
        get: operations["worker_status_worker_status_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** AboutPublic */
        AboutPublic: {
            /**
             * Api Url
             * @description Where the API listens, as its own machine reaches it.
             */
            api_url: string;
            /** Checks */
            checks: components["schemas"]["CheckPublic"][];
            database: components["schemas"]["DatabaseAbout"];
            /** Platform */
            platform: string;
            /** Python */
            python: string;
            /** Settings */
            settings: components["schemas"]["SettingPublic"][];
            /** Version */
            version: string;
        };
        /** AgentConfig */
        AgentConfig: {
            /**
             * Capabilities
             * @description What it may be given to do.
             * @default []
             */
            capabilities?: string[];
            /**
             * Max Tokens
             * @description Of one answer.
             * @default null
             */
            max_tokens?: number | null;
            /**
             * Max Tool Calls
             * @default 20
             */
            max_tool_calls?: number;
            /**
             * Mixin Options
             * @description By mixin.
             * @default {}
             */
            mixin_options?: {
                [key: string]: {
                    [key: string]: components["schemas"]["JsonValue"];
                };
            };
            /**
             * Mixins
             * @description See GET /mixins.
             * @default []
             */
            mixins?: string[];
            /**
             * Model
             * @description provider:model, an alias, or demo; null: the run's or the worker's.
             * @default null
             */
            model?: string | null;
            /** @default text */
            output_format?: components["schemas"]["OutputFormat"];
            /**
             * Retries
             * @description Further tries after one that failed.
             * @default 1
             */
            retries?: number;
            /**
             * System Prompt
             * @description Instead of its role's.
             * @default null
             */
            system_prompt?: string | null;
            /**
             * Temperature
             * @default null
             */
            temperature?: number | null;
            /**
             * Timeout Seconds
             * @description Of one try.
             * @default null
             */
            timeout_seconds?: number | null;
        };
        /**
         * AgentKind
         * @description `built-in` comes with agent-runner, `host` is a program beside the workers: a run can name both.
         *
         *     `type` is defined by people, for the slots of topologies.
         * @enum {string}
         */
        AgentKind: "built-in" | "host" | "type";
        /**
         * AgentPublic
         * @example {
         *       "description": "A software company of agents.",
         *       "health": "ready",
         *       "kind": "built-in",
         *       "name": "metagpt",
         *       "needs_project": false,
         *       "options": {
         *         "rounds": {
         *           "minimum": 1,
         *           "type": "integer"
         *         }
         *       },
         *       "speaks": "host",
         *       "version": "0.8.2"
         *     }
         */
        AgentPublic: {
            /** @description Of a type. */
            config?: components["schemas"]["AgentConfig"] | null;
            /**
             * Created At
             * @description Of a type: when this version was made.
             */
            created_at?: string | null;
            /** Description */
            description: string;
            /** @description `missing`: the first run installs it. `broken`: no run can use it. null: no live worker has told. */
            health: components["schemas"]["HostHealth"] | null;
            kind: components["schemas"]["AgentKind"];
            /** Name */
            name: string;
            /**
             * Needs Project
             * @default false
             */
            needs_project?: boolean;
            /**
             * Options
             * @description What a run may set in its `config`, by name.
             * @default {}
             */
            options?: {
                [key: string]: unknown;
            };
            /**
             * Reason
             * @description Why it is not ready, or what else to know.
             */
            reason?: string | null;
            /** @description Of a type. */
            role?: components["schemas"]["Role"] | null;
            /**
             * Speaks
             * @description The protocol of a host.
             */
            speaks?: string | null;
            /**
             * Version
             * @description Of the program or framework inside; of a type, the number of its definition.
             */
            version: string | number | null;
        };
        /**
         * AgentType
         * @description A kind of agent that topologies give their slots to.
         */
        AgentType: {
            /**
             * @default {
             *       "model": null,
             *       "temperature": null,
             *       "max_tokens": null,
             *       "system_prompt": null,
             *       "output_format": "text",
             *       "retries": 1,
             *       "timeout_seconds": null,
             *       "max_tool_calls": 20,
             *       "capabilities": [],
             *       "mixins": [],
             *       "mixin_options": {}
             *     }
             */
            config?: components["schemas"]["AgentConfig"];
            /**
             * Description
             * @default
             */
            description?: string;
            /** Name */
            name: string;
            /** @default specialist */
            role?: components["schemas"]["Role"];
        };
        /**
         * Aggregation
         * @description How an ensemble makes one answer of many.
         * @enum {string}
         */
        Aggregation: "vote" | "average" | "weighted" | "concat" | "best_of" | "synthesis";
        /**
         * Agreement
         * @description How many validators must accept.
         * @enum {string}
         */
        Agreement: "unanimous" | "majority" | "weighted";
        /**
         * AllowedPaths
         * @description Globs over paths from the project's root, as `workspace.paths.Whitelist` has them; an empty list allows none.
         */
        AllowedPaths: {
            /**
             * Read
             * @default [
             *       "**"
             *     ]
             */
            read?: string[];
            /**
             * Write
             * @default [
             *       "**"
             *     ]
             */
            write?: string[];
        };
        /**
         * ApprovalKind
         * @enum {string}
         */
        ApprovalKind: "COMMIT" | "PLAN" | "INPUT" | "BUDGET" | "PERMISSION";
        /**
         * ApprovalPublic
         * @description A question to a person, and what became of it.
         */
        ApprovalPublic: {
            /** Asked At */
            asked_at: string;
            /** Comment */
            comment: string | null;
            /** Decided At */
            decided_at: string | null;
            /**
             * Decided By
             * @description The name of an API key, `local`, or `nobody` when time or a cancel did.
             */
            decided_by: string | null;
            /** Diff Sha */
            diff_sha: string | null;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: number;
            /** Key */
            key: string;
            kind: components["schemas"]["ApprovalKind"];
            question: components["schemas"]["Question"];
            /** Revise */
            revise: boolean;
            /** Run Id */
            run_id: number;
            status: components["schemas"]["ApprovalStatus"];
            /**
             * Text
             * @description What was answered to an INPUT.
             */
            text: string | null;
        };
        /**
         * ApprovalStatus
         * @enum {string}
         */
        ApprovalStatus: "OPEN" | "GRANTED" | "REJECTED" | "ANSWERED" | "EXPIRED" | "VOID";
        /**
         * ApproveRequest
         * @example {
         *       "comment": "looks good",
         *       "diff_sha": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
         *     }
         */
        ApproveRequest: {
            /**
             * Accept Flags
             * @description Every flag of the question, by name.
             * @default []
             */
            accept_flags?: string[];
            /** Approval Id */
            approval_id?: number | null;
            /** Comment */
            comment?: string | null;
            /**
             * Diff Sha
             * @description Must be named when the question is about a diff.
             */
            diff_sha?: string | null;
        };
        /** ArtifactPublic */
        ArtifactPublic: {
            /** Created At */
            created_at: string;
            /** Media Type */
            media_type: string;
            /** Path */
            path: string;
            /** Sha256 */
            sha256: string;
            /**
             * Size
             * @description In bytes.
             */
            size: number;
        };
        /** ArtifactsPublic */
        ArtifactsPublic: {
            /** Artifacts */
            artifacts: components["schemas"]["ArtifactPublic"][];
            /** Total */
            total: number;
        };
        /**
         * BucketPublic
         * @description A part of the window. What happened is counted over it, `queued` and `running` at its end.
         */
        BucketPublic: {
            /** Begins At */
            begins_at: string;
            /** Cancelled */
            cancelled: number;
            /** Completed */
            completed: number;
            /** Created */
            created: number;
            /** Failed */
            failed: number;
            /**
             * Queued
             * @description Due and not yet claimed; exact in the last bucket.
             */
            queued: number;
            /**
             * Running
             * @description Claimed and not ended, so that waiting counts as well; exact in the last bucket.
             */
            running: number;
            /**
             * Started
             * @description Claimed for the first time.
             */
            started: number;
        };
        /**
         * Budget
         * @description None: no limit.
         */
        Budget: {
            /** Cost Usd */
            cost_usd?: number | null;
            /** Model Calls */
            model_calls?: number | null;
            /** Tokens */
            tokens?: number | null;
        };
        /**
         * BudgetPublic
         * @description The limits as they are now, with what was granted. null: no limit. Looked at before each model call.
         */
        BudgetPublic: {
            /** Cost Usd */
            cost_usd?: number | null;
            /** Model Calls */
            model_calls?: number | null;
            /** Seconds */
            seconds: number;
            /** Tokens */
            tokens?: number | null;
        };
        /**
         * BudgetWanted
         * @description Limits of one run; what is left out has the limit of the settings, if they name one.
         */
        BudgetWanted: {
            /**
             * Cost Usd
             * @description US dollars, of the model calls whose price is known.
             * @default null
             */
            cost_usd?: number | null;
            /**
             * Model Calls
             * @default null
             */
            model_calls?: number | null;
            /**
             * Seconds
             * @description How long the agent may work, in all attempts.
             * @default null
             */
            seconds?: number | null;
            /**
             * Tokens
             * @description In and out; estimated where a server does not count.
             * @default null
             */
            tokens?: number | null;
        };
        /** CacheReport */
        CacheReport: {
            /**
             * Backend
             * @description `none`, `memory`, or `redis` and where it is.
             */
            backend: string;
            /** Error */
            error?: string | null;
            /** Healthy */
            healthy: boolean;
        };
        /**
         * CallReport
         * @description Either `reply` or `failed` is set.
         */
        CallReport: {
            /**
             * Failed
             * @description Why there is no reply.
             * @default null
             */
            failed?: string | null;
            /**
             * Input Hash
             * @description The sha256 of the question, as the journal has it.
             */
            input_hash: string;
            /**
             * Is Permanent
             * @description Of a failure: a further attempt cannot help.
             * @default false
             */
            is_permanent?: boolean;
            /**
             * Model Calls
             * @description All that were paid for it, in their order.
             * @default []
             */
            model_calls?: components["schemas"]["PaidCall"][];
            /** @default null */
            reply?: components["schemas"]["Reply"] | null;
            /**
             * Seconds
             * @description How long the call took.
             */
            seconds: number;
        };
        /**
         * CancelRequest
         * @example {
         *       "reason": "not needed any more"
         *     }
         */
        CancelRequest: {
            /** Reason */
            reason?: string | null;
        };
        /**
         * CancelRunsRequest
         * @example {
         *       "ids": [
         *         3,
         *         5
         *       ]
         *     }
         * @example {
         *       "filter": {
         *         "agent": "coder",
         *         "status": [
         *           "FAILED"
         *         ]
         *       }
         *     }
         */
        CancelRunsRequest: {
            filter?: components["schemas"]["RunFilterWanted"] | null;
            /** Ids */
            ids?: number[] | null;
            /** Reason */
            reason?: string | null;
        };
        /**
         * ChainOfCommandConfig
         * @description The lowest level decides, or escalates to the next.
         */
        ChainOfCommandConfig: {
            /**
             * Max Escalations
             * @default 8
             */
            max_escalations?: number;
            /** @default fail */
            on_failure?: components["schemas"]["OnFailure"];
            /**
             * Quorum
             * @default null
             */
            quorum?: number | null;
            /**
             * Retries
             * @description Where on_failure is `retry`.
             * @default 2
             */
            retries?: number;
            /**
             * Span
             * @description How many report to one of the next level.
             * @default 7
             */
            span?: number;
            /**
             * Timeout Seconds
             * @description Of the whole.
             * @default null
             */
            timeout_seconds?: number | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "chain-of-command";
        };
        /**
         * ChangedRuns
         * @example {
         *       "changed": [
         *         3
         *       ],
         *       "more": false,
         *       "skipped": [
         *         {
         *           "id": 5,
         *           "reason": "run 5 is COMPLETED; only a run that is QUEUED, RUNNING or WAITING can be cancelled"
         *         }
         *       ]
         *     }
         */
        ChangedRuns: {
            /** Changed */
            changed: number[];
            /**
             * More
             * @description Whether the filter means more runs than one request changes: ask again.
             */
            more: boolean;
            /** Skipped */
            skipped: components["schemas"]["SkippedRun"][];
        };
        /**
         * CheckPublic
         * @description One thing that was looked at.
         */
        CheckPublic: {
            /** Detail */
            detail: string;
            /** Name */
            name: string;
            /**
             * Next
             * @description What to do about it; null where it is ok.
             */
            next: string | null;
            state: components["schemas"]["CheckState"];
        };
        /**
         * CheckState
         * @enum {string}
         */
        CheckState: "ok" | "warning" | "failed";
        /**
         * CommitApproval
         * @description Which commits a person must allow: each, those that touch a sensitive file, none. The first is the strictest.
         * @enum {string}
         */
        CommitApproval: "always" | "sensitive" | "never";
        /**
         * CompoundConfig
         * @description Topologies as parts of one: one after the other, each on what the one before has made, or all at once.
         */
        CompoundConfig: {
            /**
             * Is Parallel
             * @default false
             */
            is_parallel?: boolean;
            /** @default fail */
            on_failure?: components["schemas"]["OnFailure"];
            /**
             * Quorum
             * @default null
             */
            quorum?: number | null;
            /**
             * Retries
             * @description Where on_failure is `retry`.
             * @default 2
             */
            retries?: number;
            /**
             * Timeout Seconds
             * @description Of the whole.
             * @default null
             */
            timeout_seconds?: number | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "compound";
        };
        /**
         * Consensus
         * @description When a debate is over before its last round.
         * @enum {string}
         */
        Consensus: "majority" | "unanimous" | "weighted" | "mediator" | "first_agreement";
        /** Consumed */
        Consumed: {
            /**
             * Cost Usd
             * @default 0
             */
            cost_usd?: number;
            /**
             * Model Calls
             * @default 0
             */
            model_calls?: number;
            /**
             * Tokens
             * @default 0
             */
            tokens?: number;
        };
        /**
         * CrewPublic
         * @description The live workers together.
         */
        CrewPublic: {
            /** Alive */
            alive: number;
            /** Busy */
            busy: number;
            /** Slots */
            slots: number;
        };
        /**
         * CrossCheckConfig
         * @description Validators judge the author's work independently; what is not accepted is revised.
         */
        CrossCheckConfig: {
            /** @default majority */
            agreement?: components["schemas"]["Agreement"];
            /**
             * Max Revisions
             * @default 1
             */
            max_revisions?: number;
            /** @default fail */
            on_failure?: components["schemas"]["OnFailure"];
            /**
             * Quorum
             * @default null
             */
            quorum?: number | null;
            /**
             * Retries
             * @description Where on_failure is `retry`.
             * @default 2
             */
            retries?: number;
            /**
             * Timeout Seconds
             * @description Of the whole.
             * @default null
             */
            timeout_seconds?: number | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "cross-check";
            /**
             * Weights
             * @description By agent; 1 where none is named.
             * @default {}
             */
            weights?: {
                [key: string]: number;
            };
        };
        /** DatabaseAbout */
        DatabaseAbout: {
            /**
             * Kind
             * @description `sqlite` or `postgresql`.
             */
            kind: string;
            /**
             * Newest Revision
             * @description The one that this version needs.
             */
            newest_revision: string;
            /**
             * Revision
             * @description Of its tables; null where it cannot be read.
             */
            revision: string | null;
            /**
             * Where
             * @description Its URL, without a password.
             */
            where: string;
        };
        /** DatabaseHealth */
        DatabaseHealth: {
            /** Kind */
            kind: string;
            /** Reasons */
            reasons: string[];
            /** Revision */
            revision: string | null;
            /** Usable */
            usable: boolean;
        };
        /**
         * DebateConfig
         * @description Debaters take positions, and see those of the others before the next round.
         */
        DebateConfig: {
            /** @default majority */
            consensus?: components["schemas"]["Consensus"];
            /**
             * Max Rounds
             * @default 3
             */
            max_rounds?: number;
            /** @default fail */
            on_failure?: components["schemas"]["OnFailure"];
            /**
             * Quorum
             * @default null
             */
            quorum?: number | null;
            /**
             * Retries
             * @description Where on_failure is `retry`.
             * @default 2
             */
            retries?: number;
            /**
             * Timeout Seconds
             * @description Of the whole.
             * @default null
             */
            timeout_seconds?: number | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "debate";
            /**
             * Weights
             * @description By agent; 1 where none is named.
             * @default {}
             */
            weights?: {
                [key: string]: number;
            };
        };
        /**
         * DelegationConfig
         * @description A coordinator splits the work, workers of the right capability do it, the coordinator reports.
         */
        DelegationConfig: {
            /**
             * Max Tasks
             * @default 10
             */
            max_tasks?: number;
            /**
             * Most Per Agent
             * @description Tasks; null: no limit.
             * @default null
             */
            most_per_agent?: number | null;
            /** @default fail */
            on_failure?: components["schemas"]["OnFailure"];
            /**
             * Quorum
             * @default null
             */
            quorum?: number | null;
            /**
             * Retries
             * @description Where on_failure is `retry`.
             * @default 2
             */
            retries?: number;
            /**
             * Timeout Seconds
             * @description Of the whole.
             * @default null
             */
            timeout_seconds?: number | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "delegation";
        };
        /**
         * EdgeKind
         * @description What is handed over.
         * @enum {string}
         */
        EdgeKind: "work" | "positions" | "verdict" | "escalation" | "assignment" | "revision";
        /**
         * EnsembleConfig
         * @description All members answer the same, independently; their answers become one.
         */
        EnsembleConfig: {
            /** @default synthesis */
            aggregation?: components["schemas"]["Aggregation"];
            /** @default fail */
            on_failure?: components["schemas"]["OnFailure"];
            /**
             * Quorum
             * @default null
             */
            quorum?: number | null;
            /**
             * Retries
             * @description Where on_failure is `retry`.
             * @default 2
             */
            retries?: number;
            /**
             * Timeout Seconds
             * @description Of the whole.
             * @default null
             */
            timeout_seconds?: number | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "ensemble";
            /**
             * Weights
             * @description By agent; 1 where none is named.
             * @default {}
             */
            weights?: {
                [key: string]: number;
            };
        };
        /**
         * EventPublic
         * @description One fact of a run. `event_id` counts 1, 2, 3 … within it, without gaps.
         * @example {
         *       "event_id": 1,
         *       "event_type": "RUN_CREATED",
         *       "payload": {
         *         "agent": "simple",
         *         "goal": "Test execution"
         *       },
         *       "run_id": 1,
         *       "timestamp": "2026-11-20T21:00:00.000000Z"
         *     }
         */
        EventPublic: {
            /** Agent Role */
            agent_role: string | null;
            /** Event Id */
            event_id: number;
            /** Event Type */
            event_type: string;
            /** Payload */
            payload: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /** Run Id */
            run_id: number;
            /**
             * Task Id
             * @description Only when the run belongs to a task.
             */
            task_id?: string | null;
            /** Timestamp */
            timestamp: string;
        };
        /** EventsPublic */
        EventsPublic: {
            /** Events */
            events: components["schemas"]["EventPublic"][];
            /**
             * Total
             * @description How many events the run has by now.
             */
            total: number;
        };
        /** FailurePublic */
        FailurePublic: {
            /** Agent */
            agent: string;
            /** Completed At */
            completed_at: string;
            /**
             * Error
             * @description Its first line.
             */
            error: string;
            /**
             * Goal
             * @description Its first 500 characters.
             */
            goal: string;
            /** Id */
            id: number;
        };
        /**
         * FlowEnvironment
         * @description Where the runner `metaflow` has agents asked: by the worker, or by steps on Kubernetes or AWS Batch.
         * @enum {string}
         */
        FlowEnvironment: "local" | "kubernetes" | "batch";
        /**
         * ForkRequest
         * @example {
         *       "from_step": "execute/2",
         *       "goal": "The same, in French"
         *     }
         */
        ForkRequest: {
            /**
             * From Step
             * @description The first step that is done again, by its key; without it none.
             */
            from_step?: string | null;
            /**
             * Goal
             * @description Another goal than the old run's.
             */
            goal?: string | null;
            /** Model */
            model?: string | null;
        };
        /**
         * Format
         * @enum {string}
         */
        Format: "svg" | "mermaid" | "ascii";
        /**
         * Graph
         * @description Nodes stand in the order in which they are asked first; each topology comes before what is in it.
         */
        Graph: {
            /**
             * Description
             * @default
             */
            description?: string;
            /** Detail */
            detail: string;
            /** Edges */
            edges: components["schemas"]["GraphEdge"][];
            /** Name */
            name: string;
            /** Nodes */
            nodes: components["schemas"]["GraphNode"][];
            /** Run Id */
            run_id?: number | null;
            /** @description Of the run. */
            status?: components["schemas"]["RunStatus"] | null;
            type: components["schemas"]["Pattern"];
        };
        /** GraphEdge */
        GraphEdge: {
            /** From */
            from: string;
            /**
             * Is Loop
             * @description It leads back: another round, as long as one is needed.
             * @default false
             */
            is_loop?: boolean;
            /** @default work */
            kind?: components["schemas"]["EdgeKind"];
            /**
             * Label
             * @default
             */
            label?: string;
            /** To */
            to: string;
        };
        /** GraphNode */
        GraphNode: {
            /** Agent */
            agent?: string | null;
            /**
             * Detail
             * @description Of a topology: how it works, in a few words.
             * @default
             */
            detail?: string;
            /**
             * Group
             * @description The node of the topology that it stands in; null: the whole.
             */
            group?: string | null;
            /**
             * Id
             * @description As events call it: the agent's name, `ann-2` the second time, within parts `part/ann`.
             */
            id: string;
            kind: components["schemas"]["NodeKind"];
            /** Label */
            label: string;
            /** @description In the graph of a run. */
            life?: components["schemas"]["NodeLife"] | null;
            role?: components["schemas"]["Role"] | null;
            /** Slot */
            slot?: string | null;
        };
        /** Health */
        Health: {
            /** Status */
            status: string;
            /** Version */
            version: string;
        };
        /**
         * HostHealth
         * @enum {string}
         */
        HostHealth: "ready" | "missing" | "broken";
        /**
         * InputRequest
         * @example {
         *       "text": "the second one"
         *     }
         */
        InputRequest: {
            /** Approval Id */
            approval_id?: number | null;
            /** Text */
            text: string;
        };
        JsonValue: unknown;
        /**
         * KnownCall
         * @description What is known of a call before it is carried out: one of both.
         */
        KnownCall: {
            report?: components["schemas"]["CallReport"] | null;
            /**
             * Settled
             * @description It was decided that the topology goes on without it: by group, who has failed.
             */
            settled?: {
                [key: string]: {
                    [key: string]: string;
                };
            } | null;
        };
        /**
         * MixinPublic
         * @example {
         *       "description": "Remembers what was said before",
         *       "name": "memory",
         *       "options": {
         *         "entries": {
         *           "minimum": 1,
         *           "type": "integer"
         *         }
         *       },
         *       "requires": []
         *     }
         */
        MixinPublic: {
            /** Description */
            description: string;
            /** Name */
            name: string;
            /**
             * Options
             * @description What `mixin_options` of an agent may set for it, by name.
             */
            options: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /**
             * Requires
             * @description Other mixins that it works with.
             */
            requires: string[];
        };
        /** ModelInUse */
        ModelInUse: {
            /** Error */
            error?: string | null;
            /** Healthy */
            healthy: boolean;
            /** Name */
            name: string;
        };
        /** ModelReport */
        ModelReport: {
            cache: components["schemas"]["CacheReport"];
            /** @description Answers where the model has failed for good. */
            fallback?: components["schemas"]["ModelInUse"] | null;
            model: components["schemas"]["ModelInUse"];
            /** Providers */
            providers: components["schemas"]["ProviderReport"][];
            /**
             * Reason
             * @description Why it is this one.
             */
            reason: string;
        };
        /** ModelsPublic */
        ModelsPublic: {
            /** Aliases */
            aliases: {
                [key: string]: string;
            };
            /** Message */
            message: string | null;
            /** Names */
            names: string[];
            /** Workers */
            workers: components["schemas"]["WorkerModelsPublic"][];
        };
        /**
         * NodeKind
         * @enum {string}
         */
        NodeKind: "agent" | "topology" | "begin" | "end";
        /**
         * NodeLife
         * @description What has become of a node in a run; of a topology, of all that is in it.
         */
        NodeLife: {
            /**
             * Calls
             * @description How often it has answered.
             * @default 0
             */
            calls?: number;
            /**
             * Ended At
             * @description When it was done or failed last.
             */
            ended_at?: string | null;
            /**
             * Failures
             * @description How often it gave no answer that can be used.
             * @default 0
             */
            failures?: number;
            /**
             * Input Tokens
             * @default 0
             */
            input_tokens?: number;
            /**
             * Last Message
             * @description What it said last, shortened.
             */
            last_message?: string | null;
            /**
             * Model Calls
             * @default 0
             */
            model_calls?: number;
            /**
             * Output Tokens
             * @default 0
             */
            output_tokens?: number;
            /** Started At */
            started_at?: string | null;
            /** @default pending */
            state?: components["schemas"]["NodeState"];
        };
        /**
         * NodeState
         * @description `skipped`: never asked though the run has ended, or it has failed and the topology went on without it.
         * @enum {string}
         */
        NodeState: "pending" | "running" | "done" | "failed" | "skipped";
        /**
         * OnBudget
         * @description What a run does at a limit: it fails, or asks a person for more.
         * @enum {string}
         */
        OnBudget: "stop" | "ask";
        /**
         * OnFailure
         * @description What becomes of the whole when one agent has failed for good.
         *
         *     `fail`: it fails. `skip`: it goes on without that answer, as long as there is one at all. `quorum`: it goes on with
         *     at least `quorum` answers of those that are asked together. `retry`: the agent gets `retries` more tries, then fail.
         * @enum {string}
         */
        OnFailure: "fail" | "skip" | "quorum" | "retry";
        /**
         * OutputFormat
         * @description `json`: an answer that is no JSON is asked for again, as often as `retries` says.
         * @enum {string}
         */
        OutputFormat: "text" | "json";
        /** OverviewPublic */
        OverviewPublic: {
            /** Bucket Seconds */
            bucket_seconds: number;
            /**
             * Buckets
             * @description The oldest first; the last one goes on. A run that was queued again after it ended is counted as if it had not ended, and one that was deleted not at all.
             */
            buckets: components["schemas"]["BucketPublic"][];
            /**
             * Due
             * @description QUEUED runs that a worker could claim now.
             */
            due: number;
            /**
             * Failures
             * @description The latest ten, the last one first.
             */
            failures: components["schemas"]["FailurePublic"][];
            /**
             * Now
             * @description When this was so, by the database's clock.
             */
            now: string;
            /**
             * Oldest Due Seconds
             * @description How long the oldest of them could be claimed; null for none.
             */
            oldest_due_seconds: number | null;
            /** Open Approvals */
            open_approvals: number;
            runs: components["schemas"]["RunCounts"];
            workers: components["schemas"]["CrewPublic"];
        };
        /** Page[ApprovalPublic] */
        Page_ApprovalPublic_: {
            /** Items */
            items: components["schemas"]["ApprovalPublic"][];
            /**
             * Next Cursor
             * @description Send it as `cursor` to get the next part; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[ProjectPublic] */
        Page_ProjectPublic_: {
            /** Items */
            items: components["schemas"]["ProjectPublic"][];
            /**
             * Next Cursor
             * @description Send it as `cursor` to get the next part; null at the end.
             */
            next_cursor: string | null;
        };
        /** Page[TaskPublic] */
        Page_TaskPublic_: {
            /** Items */
            items: components["schemas"]["TaskPublic"][];
            /**
             * Next Cursor
             * @description Send it as `cursor` to get the next part; null at the end.
             */
            next_cursor: string | null;
        };
        /**
         * PaidCall
         * @description As its event, from somebody who may say anything: in bounds that counters and events have room for.
         */
        PaidCall: {
            /**
             * Cached
             * @description Answered from the cache: nothing was consumed.
             * @default false
             */
            cached?: boolean;
            /**
             * Cost Usd
             * @default null
             */
            cost_usd?: number | null;
            /** Duration Ms */
            duration_ms: number;
            /**
             * Estimated
             * @description The server did not count; the tokens are guessed from the text.
             * @default false
             */
            estimated?: boolean;
            /**
             * Fallback
             * @default null
             */
            fallback?: string | null;
            /** Input Tokens */
            input_tokens: number;
            /** Model */
            model: string;
            /** Output Tokens */
            output_tokens: number;
        };
        /** PartOfUsage */
        PartOfUsage: {
            /**
             * Cached Calls
             * @description How many were answered by the cache, which costs nothing.
             */
            cached_calls: number;
            /** Cost Usd */
            cost_usd: number;
            /**
             * Estimated Calls
             * @description Of how many calls the tokens are estimated, not counted.
             */
            estimated_calls: number;
            /** Input Tokens */
            input_tokens: number;
            /** Model Calls */
            model_calls: number;
            /**
             * Name
             * @description null: nobody is named, or no event tells of it.
             */
            name: string | null;
            /** Output Tokens */
            output_tokens: number;
            /**
             * Seconds
             * @description How long the models took to answer.
             */
            seconds: number;
        };
        /**
         * Pattern
         * @enum {string}
         */
        Pattern: "pipeline" | "ensemble" | "debate" | "chain-of-command" | "delegation" | "cross-check" | "compound";
        /**
         * PipelineConfig
         * @description Each stage works on what the one before has made.
         */
        PipelineConfig: {
            /** @default fail */
            on_failure?: components["schemas"]["OnFailure"];
            /**
             * Quorum
             * @default null
             */
            quorum?: number | null;
            /**
             * Retries
             * @description Where on_failure is `retry`.
             * @default 2
             */
            retries?: number;
            /**
             * Timeout Seconds
             * @description Of the whole.
             * @default null
             */
            timeout_seconds?: number | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "pipeline";
        };
        /**
         * Problem
         * @description RFC 9457.
         * @example {
         *       "detail": "run 42 does not exist",
         *       "next_step": "see GET /runs",
         *       "request_id": "9f86d081884c7d659a2feaa0c55ad015",
         *       "status": 404,
         *       "title": "Not Found",
         *       "type": "urn:agent-runner:not-found"
         *     }
         */
        Problem: {
            /** Detail */
            detail: string;
            /**
             * Next Step
             * @default null
             */
            next_step?: string | null;
            /** Request Id */
            request_id: string;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /** Type */
            type: string;
        };
        /**
         * ProjectCreate
         * @example {
         *       "local_path": "/srv/demo",
         *       "name": "test",
         *       "policy": {
         *         "checks": [
         *           "pytest -q"
         *         ],
         *         "deny": [
         *           "secrets/"
         *         ]
         *       }
         *     }
         */
        ProjectCreate: {
            /** Local Path */
            local_path?: string | null;
            /** Name */
            name?: string | null;
            /** @description What its runs may do, and what a person is asked. */
            policy?: components["schemas"]["ProjectPolicy"] | null;
        };
        /**
         * ProjectPatch
         * @description Fields that are left out stay as they are, also those of the policy.
         * @example {
         *       "local_path": "/srv/demo",
         *       "name": "test",
         *       "policy": {
         *         "checks": [
         *           "pytest -q"
         *         ],
         *         "deny": [
         *           "secrets/"
         *         ]
         *       }
         *     }
         */
        ProjectPatch: {
            /** Local Path */
            local_path?: string | null;
            /** Name */
            name?: string | null;
            /** @description What its runs may do, and what a person is asked. */
            policy?: components["schemas"]["ProjectPolicy"] | null;
        };
        /**
         * ProjectPolicy
         * @description What runs may do in a project, and what a person wants to be asked. A run can only narrow it.
         */
        ProjectPolicy: {
            /**
             * @description Globs of what may be read and written.
             * @default {
             *       "read": [
             *         "**"
             *       ],
             *       "write": [
             *         "**"
             *       ]
             *     }
             */
            allowed_paths?: components["schemas"]["AllowedPaths"];
            /**
             * @description Which commits a person must allow.
             * @default always
             */
            approve_commits?: components["schemas"]["CommitApproval"];
            /**
             * Approve Plan
             * @description Whether a person must allow the plan first.
             * @default false
             */
            approve_plan?: boolean;
            /** @description Of the project's runs, where they name none themselves. */
            budget?: components["schemas"]["Budget"] | null;
            /**
             * Check Seconds
             * @description The longest one command may take.
             * @default 600
             */
            check_seconds?: number;
            /**
             * Checks
             * @description Command lines, run without a shell after each round of edits; shown with the diff.
             * @default []
             */
            checks?: string[];
            /**
             * Commands
             * @description Further command lines an agent may run; a trailing ` *` allows any arguments.
             * @default []
             */
            commands?: string[];
            /**
             * Deny
             * @description Globs that win over both, e.g. `secrets/`.
             * @default []
             */
            deny?: string[];
            /**
             * Sensitive
             * @description Sensitive paths that may be written, e.g. `.vscode/`.
             * @default []
             */
            sensitive?: string[];
            /**
             * Toolchain
             * @description Directories the commands read besides the system's, e.g. a virtual environment.
             * @default []
             */
            toolchain?: string[];
        };
        /**
         * ProjectPublic
         * @example {
         *       "created_at": "2026-11-20T21:00:00.000000Z",
         *       "id": 1,
         *       "local_path": "/srv/demo",
         *       "name": "test",
         *       "path_exists": false,
         *       "policy": {
         *         "checks": [
         *           "pytest -q"
         *         ],
         *         "deny": [
         *           "secrets/"
         *         ]
         *       }
         *     }
         */
        ProjectPublic: {
            /** Created At */
            created_at: string;
            /** Id */
            id: number;
            /** Local Path */
            local_path: string;
            /** Name */
            name: string;
            /**
             * Path Exists
             * @description Whether the API sees a directory there now.
             */
            path_exists: boolean;
            policy: components["schemas"]["ProjectPolicy"];
        };
        /**
         * ProjectUsagePublic
         * @description The sum over all runs of a project that are kept.
         */
        ProjectUsagePublic: {
            /**
             * Active Seconds
             * @default 0
             */
            active_seconds?: number;
            /**
             * Cost Usd
             * @default 0
             */
            cost_usd?: number;
            /**
             * Estimated Calls
             * @description Of how many calls the tokens are estimated, not counted.
             * @default 0
             */
            estimated_calls?: number;
            /**
             * Input Tokens
             * @default 0
             */
            input_tokens?: number;
            /**
             * Model Calls
             * @default 0
             */
            model_calls?: number;
            /**
             * Output Tokens
             * @default 0
             */
            output_tokens?: number;
            /** Runs */
            runs: number;
        };
        /** ProviderReport */
        ProviderReport: {
            /**
             * Base Url
             * @description null where it is not set up.
             */
            base_url?: string | null;
            /**
             * Error
             * @description Why it is not.
             */
            error?: string | null;
            /** Healthy */
            healthy: boolean;
            /**
             * Models
             * @description What LLM_MODEL can name, e.g. `ollama:llama3.2`.
             * @default []
             */
            models?: string[];
            /** Provider */
            provider: string;
        };
        /**
         * Question
         * @description What a person is asked. Asking the same again after a restart must give the same question.
         */
        Question: {
            /**
             * Detail
             * @default {}
             */
            detail?: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /**
             * Diff
             * @description The path of the artifact that holds the diff.
             */
            diff?: string | null;
            /**
             * Diff Sha
             * @description The sha256 of the diff: who approves must name it.
             */
            diff_sha?: string | null;
            /** Expires In Seconds */
            expires_in_seconds?: number | null;
            /**
             * Flags
             * @description What needs a tick of its own, such as a sensitive file.
             * @default []
             */
            flags?: string[];
            kind: components["schemas"]["ApprovalKind"];
            /** Text */
            text: string;
            /**
             * Tree Id
             * @description The git tree that is committed when it is approved.
             */
            tree_id?: string | null;
        };
        /** QueuePublic */
        QueuePublic: {
            /** Queued */
            queued: number;
            /** Running */
            running: number;
            /** Waiting */
            waiting: number;
        };
        /** Readiness */
        Readiness: {
            /** Reasons */
            reasons: string[];
            /** Status */
            status: string;
        };
        /**
         * RejectRequest
         * @example {
         *       "comment": "keep the old name",
         *       "revise": true
         *     }
         */
        RejectRequest: {
            /** Approval Id */
            approval_id?: number | null;
            /**
             * Comment
             * @description Why; the agent and the run are told.
             */
            comment: string;
            /**
             * Revise
             * @description The agent tries again; else the run is CANCELLED.
             * @default false
             */
            revise?: boolean;
        };
        /**
         * Reply
         * @description What an agent has answered. `node` tells agents of one topology apart; a part's begin with the part's name.
         */
        Reply: {
            /** Agent */
            agent: string;
            /**
             * @description By all model calls that led to it.
             * @default {
             *       "cost_usd": 0,
             *       "tokens": 0,
             *       "model_calls": 0
             *     }
             */
            consumed?: components["schemas"]["Consumed"];
            /**
             * @description The answer as JSON, where its output format is that.
             * @default null
             */
            data?: components["schemas"]["JsonValue"];
            /**
             * Is Demo
             * @description No model was used.
             * @default false
             */
            is_demo?: boolean;
            /** Node */
            node: string;
            /** Text */
            text: string;
        };
        /**
         * RetryRequest
         * @example {
         *       "budget": {
         *         "tokens": 200000
         *       }
         *     }
         */
        RetryRequest: {
            /** @description Larger limits than those that ended the run; what is left out stays as it is. */
            budget?: components["schemas"]["BudgetWanted"] | null;
        };
        /**
         * Role
         * @enum {string}
         */
        Role: "planner" | "executor" | "reviewer" | "critic" | "synthesizer" | "specialist" | "coordinator" | "observer";
        /**
         * RunConfig
         * @description Of an agent that is a host, also the host's own options, see GET /agents.
         */
        RunConfig: {
            /**
             * Approve Plan
             * @description Of `mgx`: the same as `approve_plan` of the run.
             * @default null
             */
            approve_plan?: boolean | null;
            /**
             * Cache
             * @description Whether an earlier answer of a model to the same is as good.
             * @default null
             */
            cache?: boolean | null;
            /**
             * Correlation Id
             * @description Of a topology: what the caller knows this run by.
             * @default null
             */
            correlation_id?: string | null;
            /**
             * @description Of a topology with the runner `metaflow`: where its agents are asked.
             * @default null
             */
            environment?: components["schemas"]["FlowEnvironment"] | null;
            /**
             * Max Attempts
             * @description Tries, the first one included.
             * @default null
             */
            max_attempts?: number | null;
            /**
             * Max Concurrent
             * @description Of a topology: how many of its agents work at the same time, at most.
             * @default null
             */
            max_concurrent?: number | null;
            /**
             * Max Revision Rounds
             * @description Of `mgx`: how often its reviewer may send the work back.
             * @default null
             */
            max_revision_rounds?: number | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * RunCounts
         * @description Of all runs, by status.
         */
        RunCounts: {
            /** Cancelled */
            cancelled: number;
            /** Completed */
            completed: number;
            /** Failed */
            failed: number;
            /** Queued */
            queued: number;
            /** Running */
            running: number;
            /** Waiting */
            waiting: number;
        };
        /**
         * RunCreate
         * @example {
         *       "goal": "Test execution",
         *       "project_id": 1
         *     }
         * @example {
         *       "goal": "Later",
         *       "priority": 5
         *     }
         */
        RunCreate: {
            /**
             * Agent
             * @description See GET /agents.
             * @default null
             */
            agent?: string | null;
            /**
             * @description Globs of what it may read and write; its project's count as well.
             * @default null
             */
            allowed_paths?: components["schemas"]["AllowedPaths"] | null;
            /**
             * @description Which commits a person must allow, where that is stricter than what the project wants.
             * @default null
             */
            approve_commits?: components["schemas"]["CommitApproval"] | null;
            /**
             * Approve Plan
             * @description Whether a person must allow the plan first.
             * @default false
             */
            approve_plan?: boolean;
            /**
             * Available At
             * @description Not before this time; it needs a time zone.
             * @default null
             */
            available_at?: string | null;
            /** @default null */
            budget?: components["schemas"]["BudgetWanted"] | null;
            /** @default null */
            config?: components["schemas"]["RunConfig"] | null;
            /**
             * Goal
             * @description What is to be done; at most 64 KiB.
             */
            goal: string;
            /**
             * Input
             * @description Handed to the agent as it is.
             * @default null
             */
            input?: {
                [key: string]: components["schemas"]["JsonValue"];
            } | null;
            /**
             * Model
             * @default null
             */
            model?: string | null;
            /**
             * @description At a limit: `stop` fails, `ask` asks a person.
             * @default stop
             */
            on_budget?: components["schemas"]["OnBudget"];
            /**
             * Priority
             * @description The higher, the sooner.
             * @default 0
             */
            priority?: number;
            /**
             * Project Id
             * @default null
             */
            project_id?: number | null;
            /**
             * Runner
             * @default null
             */
            runner?: string | null;
            /**
             * Task Id
             * @default null
             */
            task_id?: string | null;
        };
        /**
         * RunFilterWanted
         * @description What holds for the runs that are meant, in the words of GET /runs. It must name something.
         */
        RunFilterWanted: {
            /** Agent */
            agent?: string | null;
            /** Created After */
            created_after?: string | null;
            /** Created Before */
            created_before?: string | null;
            /** Project Id */
            project_id?: number | null;
            /** Runner */
            runner?: string | null;
            /** Status */
            status?: components["schemas"]["RunStatus"][];
            /** Task Id */
            task_id?: string | null;
            /**
             * Text
             * @description Looked for in the goal, whatever its case.
             */
            text?: string | null;
        };
        /**
         * RunPage
         * @description A part of the runs, newest first.
         */
        RunPage: {
            /**
             * Has More Than Total
             * @default false
             */
            has_more_than_total?: boolean;
            /** Items */
            items: components["schemas"]["RunPublic"][];
            /**
             * Next Cursor
             * @description Send it as `cursor` to get the next part; null at the end.
             */
            next_cursor: string | null;
            /**
             * Total
             * @description With `count`: how many match, on all pages; at most 10000.
             */
            total?: number | null;
        };
        /**
         * RunPatch
         * @description Fields that are left out stay as they are.
         * @example {
         *       "priority": 10
         *     }
         */
        RunPatch: {
            /**
             * Available At
             * @description null means at once.
             */
            available_at?: string | null;
            /** Goal */
            goal?: string;
            /**
             * Priority
             * @description The higher, the sooner.
             */
            priority?: number;
        };
        /**
         * RunPublic
         * @example {
         *       "agent": "simple",
         *       "allowed_paths": {
         *         "read": [
         *           "**"
         *         ],
         *         "write": [
         *           "src/"
         *         ]
         *       },
         *       "approve_plan": false,
         *       "attempt": 0,
         *       "available_at": "2026-11-20T21:00:00.000000Z",
         *       "budget": {
         *         "seconds": 3600,
         *         "tokens": 100000
         *       },
         *       "cancel_requested": false,
         *       "config": {},
         *       "created_at": "2026-11-20T21:00:00.000000Z",
         *       "goal": "Test execution",
         *       "id": 1,
         *       "input": {},
         *       "iteration": 0,
         *       "max_attempts": 3,
         *       "on_budget": "stop",
         *       "priority": 0,
         *       "progress": 0,
         *       "project_id": 1,
         *       "status": "QUEUED",
         *       "time_limit_seconds": 3600,
         *       "usage": {
         *         "active_seconds": 0,
         *         "cost_usd": 0,
         *         "estimated_calls": 0,
         *         "input_tokens": 0,
         *         "model_calls": 0,
         *         "output_tokens": 0
         *       },
         *       "why_not_running": "position 1 in the queue"
         *     }
         */
        RunPublic: {
            /** Agent */
            agent: string;
            /** @description How it narrows what its project allows. */
            allowed_paths?: components["schemas"]["AllowedPaths"] | null;
            /** @description What a WAITING run asks. */
            approval?: components["schemas"]["ApprovalPublic"] | null;
            approve_commits?: components["schemas"]["CommitApproval"] | null;
            /**
             * Approve Plan
             * @default false
             */
            approve_plan?: boolean;
            /**
             * Attempt
             * @description Charged tries so far.
             */
            attempt: number;
            /** Available At */
            available_at: string;
            budget: components["schemas"]["BudgetPublic"];
            /** Cancel Requested */
            cancel_requested: boolean;
            /** Completed At */
            completed_at: string | null;
            config: components["schemas"]["JsonValue"];
            /** Created At */
            created_at: string;
            /** Current Agent */
            current_agent: string | null;
            /** Error */
            error: string | null;
            /**
             * Forked From
             * @description The run whose finished steps this one began with.
             */
            forked_from: number | null;
            /** Goal */
            goal: string;
            /** Id */
            id: number;
            input: components["schemas"]["JsonValue"];
            /** Iteration */
            iteration: number;
            /** Last Message */
            last_message: string | null;
            /** Max Attempts */
            max_attempts: number;
            /**
             * Model
             * @description null: that of the worker; RUN_STARTED says which.
             */
            model: string | null;
            on_budget: components["schemas"]["OnBudget"];
            /** Priority */
            priority: number;
            /**
             * Progress
             * @description From 0 to 1.
             */
            progress: number;
            /** Project Id */
            project_id: number | null;
            result: components["schemas"]["JsonValue"];
            /**
             * Runner
             * @description What schedules the agents of a topology; null for other agents.
             */
            runner?: string | null;
            /** Started At */
            started_at: string | null;
            status: components["schemas"]["RunStatus"];
            /** Task Id */
            task_id: string | null;
            /** Time Limit Seconds */
            time_limit_seconds: number;
            usage: components["schemas"]["UsagePublic"];
            /**
             * Why Not Running
             * @description Of a QUEUED run, and only when that one run is asked for.
             */
            why_not_running?: string | null;
        };
        /**
         * RunStatus
         * @enum {string}
         */
        RunStatus: "QUEUED" | "RUNNING" | "WAITING" | "COMPLETED" | "FAILED" | "CANCELLED";
        /**
         * RunsWanted
         * @description Either `ids` or `filter`.
         * @example {
         *       "ids": [
         *         3,
         *         5
         *       ]
         *     }
         * @example {
         *       "filter": {
         *         "agent": "coder",
         *         "status": [
         *           "FAILED"
         *         ]
         *       }
         *     }
         */
        RunsWanted: {
            filter?: components["schemas"]["RunFilterWanted"] | null;
            /** Ids */
            ids?: number[] | null;
        };
        /**
         * RunUsagePublic
         * @description `by_agent` and `by_model` each sum up to `total`.
         */
        RunUsagePublic: {
            /** By Agent */
            by_agent: components["schemas"]["PartOfUsage"][];
            /** By Model */
            by_model: components["schemas"]["PartOfUsage"][];
            total: components["schemas"]["UsagePublic"];
        };
        /** SettingPublic */
        SettingPublic: {
            /** Description */
            description: string;
            /** Is Default */
            is_default: boolean;
            /** Name */
            name: string;
            /** @description As it is in force; a secret is ******** however long it is. */
            value: components["schemas"]["JsonValue"];
        };
        /** SkippedRun */
        SkippedRun: {
            /** Id */
            id: number;
            /**
             * Reason
             * @description Why this run alone could not be changed either.
             */
            reason: string;
        };
        /** StatusReport */
        StatusReport: {
            database: components["schemas"]["DatabaseHealth"];
            queue: components["schemas"]["QueuePublic"] | null;
            /** Status */
            status: string;
            /** Version */
            version: string;
            /** Workers */
            workers: components["schemas"]["WorkerPublic"][];
        };
        /** StepPublic */
        StepPublic: {
            /**
             * Fence
             * @description The claim that did it; 0 when it comes from the run that was forked.
             */
            fence: number;
            /** Finished At */
            finished_at: string;
            /** Input Hash */
            input_hash: string;
            /** Key */
            key: string;
            output: components["schemas"]["JsonValue"];
            /** Position */
            position: number;
            /**
             * Replayed
             * @description Done in an earlier attempt, or in the run that was forked: not again.
             */
            replayed: boolean;
            /** Started At */
            started_at: string;
        };
        /** StepsPublic */
        StepsPublic: {
            /** Steps */
            steps: components["schemas"]["StepPublic"][];
            /** Total */
            total: number;
        };
        /** TaskAccepted */
        TaskAccepted: {
            /** Message */
            message: string;
            /** Run Id */
            run_id: number;
            /**
             * Status
             * @default accepted
             */
            status?: string;
            /** Task Id */
            task_id: string;
        };
        /**
         * TaskCreate
         * @example {
         *       "input_prompt": "Write the game Snake",
         *       "title": "Snake"
         *     }
         */
        TaskCreate: {
            /**
             * Agent
             * @description See GET /agents.
             */
            agent?: string | null;
            /** Input Prompt */
            input_prompt: string;
            /** Title */
            title: string;
        };
        /** TaskPublic */
        TaskPublic: {
            /** Agent */
            agent: string;
            /** Created At */
            created_at: string;
            /** Id */
            id: string;
            /** Input Prompt */
            input_prompt: string;
            /** Run Id */
            run_id: number | null;
            status: components["schemas"]["TaskState"];
            /** Title */
            title: string;
        };
        /**
         * TaskState
         * @enum {string}
         */
        TaskState: "PENDING" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
        /**
         * TaskStatePublic
         * @description What a task's latest run says.
         */
        TaskStatePublic: {
            /** Agent */
            agent: string;
            /** Completed At */
            completed_at: string | null;
            /** Current Agent */
            current_agent: string | null;
            /**
             * Error
             * @description There once it has not.
             */
            error?: string | null;
            /** @description There once the task has SUCCEEDED. */
            final_result?: components["schemas"]["JsonValue"];
            /** Last Message */
            last_message: string | null;
            /** Progress */
            progress: number;
            /** Run Id */
            run_id: number | null;
            /** Started At */
            started_at: string | null;
            status: components["schemas"]["TaskState"];
            /** Task Id */
            task_id: string;
        };
        /**
         * TopologyPublic
         * @example {
         *       "config": {
         *         "consensus": "majority",
         *         "max_rounds": 2,
         *         "on_failure": "fail",
         *         "retries": 2,
         *         "type": "debate",
         *         "weights": {}
         *       },
         *       "created_at": "2026-11-20T21:00:00.000000Z",
         *       "description": "Two critics argue until they agree",
         *       "name": "review",
         *       "slots": {
         *         "debaters": [
         *           "critic",
         *           "critic"
         *         ]
         *       },
         *       "type": "debate",
         *       "version": 1
         *     }
         */
        TopologyPublic: {
            /** Config */
            config: components["schemas"]["PipelineConfig"] | components["schemas"]["EnsembleConfig"] | components["schemas"]["DebateConfig"] | components["schemas"]["ChainOfCommandConfig"] | components["schemas"]["DelegationConfig"] | components["schemas"]["CrossCheckConfig"] | components["schemas"]["CompoundConfig"];
            /**
             * Created At
             * @description When this version was made.
             */
            created_at: string;
            /** Description */
            description: string;
            /** Name */
            name: string;
            /**
             * Slots
             * @description Who has which part; in `parts`, topologies.
             */
            slots: {
                [key: string]: string[];
            };
            type: components["schemas"]["Pattern"];
            /** Version */
            version: number;
        };
        /**
         * TopologyType
         * @description A team: `slots` says who has which part, by the names of agents; the same agent may stand in one twice.
         */
        TopologyType: {
            /** Config */
            config: components["schemas"]["PipelineConfig"] | components["schemas"]["EnsembleConfig"] | components["schemas"]["DebateConfig"] | components["schemas"]["ChainOfCommandConfig"] | components["schemas"]["DelegationConfig"] | components["schemas"]["CrossCheckConfig"] | components["schemas"]["CompoundConfig"];
            /**
             * Description
             * @default
             */
            description?: string;
            /** Name */
            name: string;
            /** Slots */
            slots: {
                [key: string]: string | string[];
            };
        };
        /** UsagePublic */
        UsagePublic: {
            /**
             * Active Seconds
             * @default 0
             */
            active_seconds?: number;
            /**
             * Cost Usd
             * @default 0
             */
            cost_usd?: number;
            /**
             * Estimated Calls
             * @description Of how many calls the tokens are estimated, not counted.
             * @default 0
             */
            estimated_calls?: number;
            /**
             * Input Tokens
             * @default 0
             */
            input_tokens?: number;
            /**
             * Model Calls
             * @default 0
             */
            model_calls?: number;
            /**
             * Output Tokens
             * @default 0
             */
            output_tokens?: number;
        };
        /** WorkerModelsPublic */
        WorkerModelsPublic: {
            /** Looked At */
            looked_at: string;
            report: components["schemas"]["ModelReport"];
            /** Worker Id */
            worker_id: string;
        };
        /** WorkerPublic */
        WorkerPublic: {
            /** Busy */
            busy: number;
            /** Host */
            host: string;
            /** Id */
            id: string;
            /** Last Heartbeat */
            last_heartbeat: string;
            /** Model */
            model: string;
            /** Pid */
            pid: number;
            /**
             * Sandbox
             * @description How strongly it holds commands, `L0` to `L3`; null while it still finds out.
             */
            sandbox: string | null;
            /** Slots */
            slots: number;
        };
        /** WorkerStatus */
        WorkerStatus: {
            /** Check Interval */
            check_interval: number;
            queue: components["schemas"]["QueuePublic"];
            /**
             * Running
             * @description Whether a worker is alive.
             */
            running: boolean;
            /** Workers */
            workers: components["schemas"]["WorkerPublic"][];
        };
        /** WorkStarted */
        WorkStarted: {
            /** Message */
            message: string;
            /**
             * Mode
             * @description `woken`: live workers were told. `started`: a process was started.
             */
            mode: string;
            /** Pid */
            pid?: number | null;
            /** Queued */
            queued: number;
            /** Workers */
            workers?: number | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    root__get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string | {
                            [key: string]: string;
                        };
                    };
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_about_about_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AboutPublic"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_agents_agents_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPublic"][];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    new_agent_agents_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "critic",
                 *       "description": "Finds what is weak in an argument",
                 *       "role": "critic",
                 *       "config": {
                 *         "model": "claude-sonnet-4",
                 *         "temperature": 0.2
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["AgentType"];
            };
        };
        responses: {
            /** @description It is there already. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPublic"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_agent_agents__name__get: {
        parameters: {
            query?: {
                /** @description Without it, the latest. */
                version?: number | null;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_agent_agents__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_approvals_approvals_get: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before; leave it out for the first. */
                cursor?: number | null;
                /** @description The size of a page. */
                limit?: number;
                run_id?: number | null;
                status?: components["schemas"]["ApprovalStatus"] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ApprovalPublic_"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    live_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    live_health_live_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ready_health_ready_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    status_health_status_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusReport"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_mixins_mixins_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MixinPublic"][];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_models_models_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelsPublic"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_overview_overview_get: {
        parameters: {
            query?: {
                /** @description How many of the same length. */
                buckets?: number;
                /** @description How far back the buckets go. */
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OverviewPublic"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_projects_projects_get: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before; leave it out for the first. */
                cursor?: number | null;
                /** @description The size of a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ProjectPublic_"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    new_project_projects_post: {
        parameters: {
            query?: {
                local_path?: string | null;
                name?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ProjectCreate"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_project_projects__project_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The project's id. */
                project_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectPublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_project_projects__project_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The project's id. */
                project_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    edit_project_projects__project_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The project's id. */
                project_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_project_usage_projects__project_id__usage_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The project's id. */
                project_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectUsagePublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_runs_runs_get: {
        parameters: {
            query?: {
                agent?: string | null;
                /** @description Whether to count what matches, on all pages. */
                count?: boolean;
                /** @description Made at this time or later; it needs a time zone. */
                created_after?: string | null;
                /** @description Made before this time. */
                created_before?: string | null;
                /** @description The `next_cursor` of the page before; leave it out for the first. */
                cursor?: number | null;
                /** @description The size of a page. */
                limit?: number;
                /** @description Only runs with a greater id: those that came since a page was read. */
                newer_than?: number | null;
                project_id?: number | null;
                /** @description Of runs that are topologies. */
                runner?: string | null;
                /** @description One or several; WAITING is waiting for a person. */
                status?: components["schemas"]["RunStatus"][];
                task_id?: string | null;
                /** @description Looked for in the goal, whatever its case. */
                text?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_run_runs_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 printable characters. Sending the same request again gives the same run. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_run_runs__run_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_run_runs__run_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_run_runs__run_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approve_run_runs__run_id__approve_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ApproveRequest"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_archive_runs__run_id__archive_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": unknown;
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_artifacts_runs__run_id__artifacts_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArtifactsPublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_artifact_runs__run_id__artifacts__path__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the list names it. */
                path: string;
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_run_runs__run_id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CancelRequest"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_diff_runs__run_id__diff_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/x-diff": unknown;
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_events_runs__run_id__events_get: {
        parameters: {
            query?: {
                /** @description The size of a page. */
                limit?: number;
                /** @description Only events with a greater event_id. */
                since_event_id?: number;
                /** @description Long poll: when there is nothing yet, wait so many seconds for it. */
                wait?: number;
            };
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsPublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stream_events_runs__run_id__events_stream_get: {
        parameters: {
            query?: {
                /** @description Only events with a greater event_id. */
                since_event_id?: number;
            };
            header?: {
                /** @description Sent by a browser that comes back; it goes on after this event. */
                "last-event-id"?: string;
            };
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events; after the run's final one comes the frame `end`, the last. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        data: string;
                        /** @enum {unknown} */
                        event?: "message" | "ping" | "end";
                        id?: string;
                    };
                };
            };
            /** @description The run has ended, and Last-Event-ID is its final event. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    fork_run_runs__run_id__fork_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 printable characters. Sending the same request again gives the same run. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ForkRequest"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_graph_of_run_runs__run_id__graph_get: {
        parameters: {
            query?: {
                /** @description Draws it; JSON without. */
                format?: components["schemas"]["Format"] | null;
            };
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Graph"];
                    "image/svg+xml": string;
                    "text/plain": string;
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    give_input_runs__run_id__input_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InputRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_logs_runs__run_id__logs_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One line per event. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": unknown;
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reject_run_runs__run_id__reject_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RejectRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_report_runs__run_id__reports_get: {
        parameters: {
            query: {
                /** @description The sha256 of the question, which what is known must be an answer to. */
                input_hash: string;
                /** @description Of the call. */
                key: string;
            };
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnownCall"];
                };
            };
            /** @description No token of a run was sent; a key is none. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is one of another run, or a page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is not good any more, or the call was recorded with another question. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_one_runs__run_id__reports_post: {
        parameters: {
            query: {
                /** @description Of the call. */
                key: string;
            };
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallReport"];
            };
        };
        responses: {
            /** @description Known already; this report changes nothing. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnownCall"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnownCall"];
                };
            };
            /** @description No token of a run was sent; a key is none. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is one of another run, or a page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token is not good any more, or the call was recorded with another question. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_run_runs__run_id__retry_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RetryRequest"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_steps_runs__run_id__steps_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StepsPublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_usage_runs__run_id__usage_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run's id. */
                run_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunUsagePublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_runs_runs_cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelRunsRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedRuns"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_runs_runs_retry_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunsWanted"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedRuns"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_tasks_tasks_get: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before; leave it out for the first. */
                cursor?: string | null;
                /** @description The size of a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TaskPublic_"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    new_task_tasks_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_task_tasks__task_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The task's id. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_task_events_tasks__task_id__events_get: {
        parameters: {
            query?: {
                /** @description The size of a page. */
                limit?: number;
                /** @description Only events with a greater event_id. */
                since_event_id?: number;
                /** @description Long poll: when there is nothing yet, wait so many seconds for it. */
                wait?: number;
            };
            header?: never;
            path: {
                /** @description The task's id. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsPublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not possible at the moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    run_task_tasks__task_id__run_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The task's id. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskAccepted"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_state_tasks__task_id__state_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The task's id. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskStatePublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stop_run_of_task_tasks__task_id__stop_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The task's id. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskAccepted"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_topologies_topologies_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopologyPublic"][];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    new_topology_topologies_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "review",
                 *       "description": "Two critics argue until they agree",
                 *       "config": {
                 *         "type": "debate",
                 *         "max_rounds": 2
                 *       },
                 *       "slots": {
                 *         "debaters": [
                 *           "critic",
                 *           "critic"
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["TopologyType"];
            };
        };
        responses: {
            /** @description It is there already. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopologyPublic"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopologyPublic"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_topology_topologies__name__get: {
        parameters: {
            query?: {
                /** @description Without it, the latest. */
                version?: number | null;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopologyPublic"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_topology_topologies__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Legal in itself, not now; the sentence says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_graph_of_topology_topologies__name__graph_get: {
        parameters: {
            query?: {
                /** @description Draws it; JSON without. */
                format?: components["schemas"]["Format"] | null;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Graph"];
                    "image/svg+xml": string;
                    "text/plain": string;
                };
            };
            /** @description There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    process_queue_worker_process_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkStarted"];
                };
            };
            /** @description A page of another origin asks. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    worker_status_worker_status_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkerStatus"];
                };
            };
            /** @description A value cannot be used; the sentence holds it. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}

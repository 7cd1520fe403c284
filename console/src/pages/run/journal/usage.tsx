// What a run has used, by agent and by model.
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { queries } from "@/api/queries";
import { cost, short } from "@/format/number";
import { duration } from "@/format/time";
import { Panel } from "@/ui/panel";
import { Visible } from "@/ui/visible";

/** Nothing for a run without model calls. */
export function RunUsage({ runId }: { runId: number }) {
  const { data } = useQuery(queries.usage(runId));
  if (!data || data.by_model.length === 0) return null;
  return (
    <Panel title="Model calls" flush>
      <section
        aria-label="Model calls by agent and model"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-x-auto focus-visible:-outline-offset-2"
      >
        <table className="w-full text-sm">
          <thead className="text-left text-muted">
            <tr>
              {["", "Calls", "Tokens in", "Tokens out", "Cost", "Time"].map((name, place) => (
                <th key={name} scope="col" className={place === 0 ? CELL : `${CELL} text-right font-normal`}>
                  {name || <span className="sr-only">Who</span>}
                </th>
              ))}
            </tr>
          </thead>
          <Parts title="By agent" parts={data.by_agent} nobody="the run itself" />
          <Parts title="By model" parts={data.by_model} nobody="not known" />
        </table>
      </section>
    </Panel>
  );
}

const CELL = "px-4 py-1.5 whitespace-nowrap";

function Parts({ title, parts, nobody }: { title: string; parts: Schemas["PartOfUsage"][]; nobody: string }) {
  return (
    <tbody className="border-t">
      <tr>
        <th scope="rowgroup" colSpan={6} className="px-4 pt-2 text-left text-xs font-medium text-muted">
          {title}
        </th>
      </tr>
      {parts.map((part) => (
        <tr key={part.name ?? ""}>
          <th scope="row" className={`${CELL} text-left font-medium`}>
            <Visible text={part.name ?? nobody} />
          </th>
          <td className={`${CELL} text-right`}>{callsOf(part)}</td>
          <td className={`${CELL} text-right`}>{tokens(part, part.input_tokens)}</td>
          <td className={`${CELL} text-right`}>{tokens(part, part.output_tokens)}</td>
          <td className={`${CELL} text-right`}>{cost(part.cost_usd)}</td>
          <td className={`${CELL} text-right`}>{duration(part.seconds * 1000)}</td>
        </tr>
      ))}
    </tbody>
  );
}

const callsOf = ({ model_calls, cached_calls }: Schemas["PartOfUsage"]): string =>
  cached_calls > 0
    ? `${model_calls.toLocaleString("en")} (${cached_calls.toLocaleString("en")} from the cache)`
    : model_calls.toLocaleString("en");

const tokens = ({ estimated_calls }: Schemas["PartOfUsage"], count: number): string =>
  `${estimated_calls > 0 ? "~" : ""}${short(count)}`;

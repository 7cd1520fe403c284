// How a topology is set and who stands in it, as sentences rather than as fields.
import { Link } from "react-router";
import type { Topology } from "@/api/queries";
import { plural } from "@/format/number";
import { duration } from "@/format/time";
import { Fact, Facts } from "@/ui/facts";
import { MEANINGS, NAMES } from "./wording";

type Config = Record<string, unknown>;

export function ConfigFacts({ topology }: { topology: Topology }) {
  const config = topology.config as unknown as Config;
  const shown = Object.entries(config).filter(([name, value]) => counts(name, value, config));
  return (
    <Facts>
      {shown.map(([name, value]) => (
        <Fact key={name} name={NAMES[name] ?? name}>
          {said(name, value)}
        </Fact>
      ))}
    </Facts>
  );
}

/** What has no effect as it is set is not shown. */
function counts(name: string, value: unknown, config: Config): boolean {
  if (name === "type" || value === null) return false;
  if (name === "retries") return config.on_failure === "retry";
  return !(name === "weights" && Object.keys(value as object).length === 0);
}

function said(name: string, value: unknown): string {
  if (name === "timeout_seconds") return duration(Number(value) * 1000);
  if (name === "weights") {
    return Object.entries(value as Record<string, number>)
      .map(([agent, weight]) => `${agent} ${weight}`)
      .join(", ");
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return MEANINGS[name]?.[String(value)] ?? String(value);
}

export function SlotFacts({ topology }: { topology: Topology }) {
  return (
    <Facts>
      {Object.entries(topology.slots).map(([slot, names]) => (
        <Fact key={slot} name={slot}>
          {names.length > 3 && <span className="text-muted">{plural(names.length, "seat")}: </span>}
          {counted(names).map(([name, count], at) => (
            <span key={name}>
              {at > 0 && ", "}
              <Link
                className="underline"
                to={slot === "parts" ? `/topologies/${name}` : `/agents?agent=${name}`}
              >
                {name}
              </Link>
              {count > 1 && ` × ${count}`}
            </span>
          ))}
        </Fact>
      ))}
    </Facts>
  );
}

function counted(names: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts];
}

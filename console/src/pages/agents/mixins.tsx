// The mixins: what each gives an agent, and what can be set of it.
import { useQuery } from "@tanstack/react-query";
import { queries } from "@/api/queries";
import { plural } from "@/format/number";
import { Loaded, Panel } from "@/ui/panel";
import { Options } from "./options";

export function Mixins() {
  const query = useQuery(queries.mixins());
  return (
    <Panel flush>
      <Loaded query={query}>
        {(mixins) => (
          <ul className="divide-y">
            {mixins.map((mixin) => {
              const count = Object.keys(mixin.options).length;
              return (
                <li
                  key={mixin.name}
                  className="grid gap-x-4 gap-y-1 px-4 py-2.5 sm:grid-cols-[11rem_minmax(0,1fr)]"
                >
                  <h3 className="font-medium">{mixin.name}</h3>
                  <div>
                    <p>{mixin.description}</p>
                    {mixin.requires.length > 0 && (
                      <p className="text-sm text-muted">Comes with {mixin.requires.join(", ")}.</p>
                    )}
                    {count > 0 && (
                      <details>
                        <summary className="text-sm text-muted">{plural(count, "option")}</summary>
                        <Options options={mixin.options} />
                      </details>
                    )}
                  </div>
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

// Options by name, each as its JSON schema says it: of an agent, or of a mixin.
import { optionsOf } from "@/pages/new_run/options";
import { Fact, Facts } from "@/ui/facts";

export function Options({ options }: { options: Record<string, unknown> }) {
  const { fields, others } = optionsOf(options);
  return (
    <div className="mt-2">
      <Facts>
        {fields.map((field) => (
          <Fact key={field.name} name={field.name}>
            {field.description} <span className="text-sm text-muted">{limits(field)}</span>
          </Fact>
        ))}
        {others.map((name) => (
          <Fact key={name} name={name}>
            {descriptionOf(options[name])}
          </Fact>
        ))}
      </Facts>
    </div>
  );
}

function limits(field: ReturnType<typeof optionsOf>["fields"][number]): string {
  const { type, minimum, maximum, choices, fallback } = field;
  const range = [minimum !== null && `from ${minimum}`, maximum !== null && `to ${maximum}`].filter(Boolean);
  const what = choices.length ? choices.join(" or ") : [type, ...range].join(" ");
  return fallback ? `${what}; ${fallback} where none is given` : what;
}

function descriptionOf(schema: unknown): string {
  const said =
    typeof schema === "object" && schema !== null ? (schema as Record<string, unknown>).description : "";
  return typeof said === "string" ? said : "";
}

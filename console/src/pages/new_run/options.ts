// The options an agent says it has, as fields where they are simple.

export interface Option {
  name: string;
  type: "integer" | "number" | "boolean" | "string";
  description: string;
  fallback: string;
  minimum: number | null;
  maximum: number | null;
  /** What it may be, where that is a list. */
  choices: string[];
}

const TYPES = ["integer", "number", "boolean", "string"] as const;

/** Those of `options` of GET /agents that one field can hold; `others` are the names of the rest. */
export function optionsOf(schema: Record<string, unknown>): { fields: Option[]; others: string[] } {
  const fields: Option[] = [];
  const others: string[] = [];
  for (const [name, value] of Object.entries(schema)) {
    const field = asField(name, value);
    if (field) fields.push(field);
    else others.push(name);
  }
  return { fields, others };
}

function asField(name: string, value: unknown): Option | null {
  if (typeof value !== "object" || value === null) return null;
  const said = value as Record<string, unknown>;
  const type = TYPES.find((each) => each === said.type);
  if (!type) return null;
  return {
    name,
    type,
    description: typeof said.description === "string" ? said.description : "",
    fallback: said.default === undefined || said.default === null ? "" : String(said.default),
    minimum: typeof said.minimum === "number" ? said.minimum : null,
    maximum: typeof said.maximum === "number" ? said.maximum : null,
    choices: Array.isArray(said.enum) ? said.enum.map(String) : [],
  };
}

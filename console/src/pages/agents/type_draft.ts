// From the form of an agent type to what POST /agents takes, and back. Pure.
import type { Schemas } from "@/api/client";
import type { Agent } from "@/api/queries";

export interface TypeDraft {
  name: string;
  description: string;
  role: Schemas["Role"];
  model: string;
  temperature: string;
  maxTokens: string;
  systemPrompt: string;
  outputFormat: Schemas["OutputFormat"];
  retries: string;
  timeoutSeconds: string;
  maxToolCalls: string;
  capabilities: string;
  mixins: readonly string[];
  mixinOptions: string;
}

export const ROLES: readonly Schemas["Role"][] = [
  "specialist",
  "planner",
  "executor",
  "reviewer",
  "critic",
  "synthesizer",
  "coordinator",
  "observer",
];

export const NEW: TypeDraft = {
  name: "",
  description: "",
  role: "specialist",
  model: "",
  temperature: "",
  maxTokens: "",
  systemPrompt: "",
  outputFormat: "text",
  retries: "1",
  timeoutSeconds: "",
  maxToolCalls: "",
  capabilities: "",
  mixins: [],
  mixinOptions: "",
};

/** What to send, or a sentence about the one field that is no JSON; all else the API judges. */
export function typeOf(draft: TypeDraft): { wanted: Schemas["AgentType"] } | { error: string } {
  const options = optionsIn(draft.mixinOptions);
  if (typeof options === "string") return { error: options };
  const config: Schemas["AgentConfig"] = {
    output_format: draft.outputFormat,
    ...(draft.model.trim() && { model: draft.model.trim() }),
    ...(draft.systemPrompt.trim() && { system_prompt: draft.systemPrompt }),
    ...number("temperature", draft.temperature),
    ...number("max_tokens", draft.maxTokens),
    ...number("retries", draft.retries),
    ...number("timeout_seconds", draft.timeoutSeconds),
    ...number("max_tool_calls", draft.maxToolCalls),
    capabilities: words(draft.capabilities),
    mixins: [...draft.mixins],
    mixin_options: options,
  };
  return {
    wanted: { name: draft.name.trim(), description: draft.description.trim(), role: draft.role, config },
  };
}

/** The form of an agent type that is there. */
export function draftOf({ name, description, role, config: given }: Agent): TypeDraft {
  const config = given ?? {};
  const { mixins = [], mixin_options: options = {}, capabilities = [] } = config;
  return {
    name,
    description,
    role: role ?? NEW.role,
    model: config.model ?? "",
    temperature: text(config.temperature),
    maxTokens: text(config.max_tokens),
    systemPrompt: config.system_prompt ?? "",
    outputFormat: config.output_format ?? NEW.outputFormat,
    retries: text(config.retries),
    timeoutSeconds: text(config.timeout_seconds),
    maxToolCalls: text(config.max_tool_calls),
    capabilities: capabilities.join(", "),
    mixins,
    mixinOptions: Object.keys(options).length > 0 ? JSON.stringify(options, null, 2) : "",
  };
}

const text = (value: number | null | undefined): string => value?.toString() ?? "";

export const words = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

const number = (name: string, text: string): Record<string, number> =>
  text.trim() === "" ? {} : { [name]: Number(text) };

type MixinOptions = NonNullable<Schemas["AgentConfig"]["mixin_options"]>;

function optionsIn(text: string): MixinOptions | string {
  if (text.trim() === "") return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
      return parsed as MixinOptions;
    return 'Write an object, such as {"memory": {"most": 5}}.';
  } catch (error) {
    return `This is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

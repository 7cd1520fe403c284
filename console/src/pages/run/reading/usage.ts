// What a run has used, with 0 where the API leaves a number out.
import type { Schemas } from "@/api/client";
import type { Run } from "@/api/queries";

export function usageOf({ usage }: Pick<Run, "usage">): Required<Schemas["UsagePublic"]> {
  return {
    model_calls: 0,
    input_tokens: 0,
    output_tokens: 0,
    estimated_calls: 0,
    cost_usd: 0,
    active_seconds: 0,
    ...usage,
  };
}

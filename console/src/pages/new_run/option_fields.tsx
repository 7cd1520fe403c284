// The options of the agent that is chosen: a field each where they are simple, JSON for the rest.
import { Select, TextArea, TextField } from "@/ui/field";
import type { Part } from "./form";
import { Group } from "./more";
import { type Option, optionsOf } from "./options";

export function OptionFields({ draft, change, wrong, agent }: Part) {
  const { fields, others } = optionsOf(agent.options);
  return (
    <Group title={`Options of ${agent.name}`}>
      {fields.map((option) => (
        <OptionField
          key={option.name}
          option={option}
          value={draft.options[option.name] ?? ""}
          error={wrong[`config.${option.name}`]}
          change={(value) => change({ options: { ...draft.options, [option.name]: value } })}
        />
      ))}
      <JsonField
        label="Other options"
        hint={
          others.length ? `A JSON object, with ${others.join(", ")}.` : "A JSON object: the run's config."
        }
        value={draft.otherOptions}
        error={wrong.config}
        onChange={(otherOptions) => change({ otherOptions })}
      />
      <JsonField
        label="Input"
        hint="A JSON object, handed to the agent as it is."
        value={draft.input}
        error={wrong.input}
        onChange={(input) => change({ input })}
      />
    </Group>
  );
}

function OptionField({
  option,
  value,
  error,
  change,
}: {
  option: Option;
  value: string;
  error: string | undefined;
  change: (value: string) => void;
}) {
  const said = { label: option.name, hint: option.description, value, error };
  const choices = option.type === "boolean" ? ["true", "false"] : option.choices;
  if (choices.length === 0) {
    return (
      <TextField
        {...said}
        placeholder={option.fallback}
        inputMode={option.type === "integer" ? "numeric" : option.type === "number" ? "decimal" : "text"}
        onChange={(event) => change(event.target.value)}
      />
    );
  }
  return (
    <Select {...said} onChange={(event) => change(event.target.value)}>
      <option value="">{option.fallback ? `Default: ${word(option.fallback)}` : "Default"}</option>
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {word(choice)}
        </option>
      ))}
    </Select>
  );
}

const word = (choice: string): string => ({ true: "Yes", false: "No" })[choice] ?? choice;

function JsonField({
  label,
  hint,
  value,
  error,
  onChange,
}: {
  label: string;
  hint: string;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}) {
  return (
    <TextArea
      label={label}
      hint={hint}
      rows={3}
      spellCheck={false}
      placeholder="{}"
      className="font-mono text-sm"
      value={value}
      error={error}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

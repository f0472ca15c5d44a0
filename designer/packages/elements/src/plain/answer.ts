// The answer of a live form, checked before anything on the page changes.
import { isRecord } from "../request.ts";

export interface Answer {
  /** Where the step is among those there are now, in words; empty where the form is not one of steps. */
  step: string;
  values: Map<string, string>;
  visible: Map<string, boolean>;
  required: Map<string, boolean>;
  errors: Map<string, string>;
}

export function readAnswer(json: unknown): Answer {
  const whole = isRecord(json) ? json : {};
  return {
    step: text(whole["step"]),
    values: entries(whole["values"], text),
    visible: entries(whole["visible"], Boolean),
    required: entries(whole["required"], Boolean),
    errors: entries(whole["errors"], text),
  };
}

function entries<T>(part: unknown, read: (value: unknown) => T): Map<string, T> {
  return new Map(isRecord(part) ? Object.entries(part).map(([name, value]) => [name, read(value)]) : []);
}

function text(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

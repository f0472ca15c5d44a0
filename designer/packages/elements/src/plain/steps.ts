// The steps of a form: those whose conditions hold are gone through, one after the other.

/** The steps next to the one at `at`, of those that are shown. */
export function around(shown: boolean[], at: number): { before: number | undefined; after: number | undefined } {
  const steps = shown.flatMap((yes, step) => (yes ? [step] : []));
  return { before: steps.filter((step) => step < at).pop(), after: steps.find((step) => step > at) };
}

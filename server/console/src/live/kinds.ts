// What the kinds of camera events are to people: a camera that cannot be trusted, something that it found, or no more
// than what it saw (wire/cameras.py; a test compares them).
const TROUBLES = new Set(["offline", "unstable", "frozen", "dark", "covered", "defocused", "moved"]);
const FINDINGS = new Set(["intrusion", "rodent", "too_many", "no_mask", "no_hat", "phone", "cigarette"]);
export type Weight = "finding" | "trouble" | "plain";
export const weightOf = (kind: string): Weight => (TROUBLES.has(kind) ? "trouble" : FINDINGS.has(kind) ? "finding" : "plain");
export const CHIP: Record<Weight, string> = { finding: "critical", trouble: "warning", plain: "plain" };

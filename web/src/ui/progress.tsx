/* One bar for a project: labelled, flagged, rejected, and the rest. */
import { count } from "../format";

interface Props { labelled: number; flagged?: number; rejected?: number; items: number; label?: string }

export function Progress({ labelled, flagged = 0, rejected = 0, items, label = "Labelled" }: Props) {
  const share = (n: number) => ({ "--share": String(items ? Math.min(1, n / items) : 0) });
  return (
    <div class="progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={Math.max(1, items)}
      aria-valuenow={Math.min(labelled, Math.max(1, items))} aria-valuetext={`${count(labelled)} of ${count(items)}`}>
      <span class="progress-part labelled" style={share(labelled)} />
      <span class="progress-part flagged" style={share(flagged)} />
      <span class="progress-part rejected" style={share(rejected)} />
    </div>
  );
}

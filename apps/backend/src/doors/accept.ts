/** Accept headers (RFC 9110 §12.5.1). */

/** Whether a client that sent `accept` takes `type`, e.g. "application/json". Without a header it takes everything. */
export function accepts(accept: string | undefined, type: string): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  const group = type.split('/')[0];
  // The most specific range that fits decides: "*/*, application/json;q=0" does not take JSON.
  for (const wanted of [type, `${group}/*`, '*/*']) {
    const range = rangesOf(accept).find((candidate) => candidate.type === wanted);
    if (range !== undefined) return range.weight > 0;
  }
  return false;
}

function rangesOf(accept: string): { readonly type: string; readonly weight: number }[] {
  return accept
    .slice(0, 1000)
    .toLowerCase()
    .split(',')
    .map((part) => {
      const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim());
      const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
      return { type, weight: Number.isFinite(weight) ? weight : 0 };
    });
}

/** Returns `work` that is done once, `ms` after it was first asked for. Its failure is told on the console only. */
export function soon(work: () => Promise<void>, ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      work().catch((problem: unknown) => console.info(String(problem)));
    }, ms);
  };
}

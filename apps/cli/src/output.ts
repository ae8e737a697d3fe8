/** Standard output whose reader may have seen enough: `imageflow pipelines list | head`. */
let isAllThereIs = true;

/** As if SIGPIPE had ended it, which Node ignores. */
const endedByPipe = 128 + 13;

export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (isAllThereIs) process.exit(endedByPipe);
  });
}

/** For commands whose work is more than what they print. */
export function outliveReader(): void {
  isAllThereIs = false;
}

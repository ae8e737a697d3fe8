/** How the pages are built. `npm start` does it by build.ts; `npx vite` here serves them with a backend on port 8080 behind. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import manifest from '../../apps/backend/package.json' with { type: 'json' };

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  define: { __VERSION__: JSON.stringify(manifest.version) },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What a page may weigh is measured by tests/web.
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/ws': { target: 'ws://127.0.0.1:8080', ws: true } } },
});

/** Hands the page to browsers: `node examples/browser-camera/serve.ts [port]`. Any web server does. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' };

/** On this machine alone: browsers open cameras only for https and for localhost. */
export async function servePage(port: number): Promise<Server> {
  const server = createServer(async (request, response) => {
    const name = /^\/(\w[\w-]*\.(?:html|css|js))?(?:\?.*)?$/.exec(request.url ?? '')?.at(1) ?? 'index.html';
    try {
      const content = await readFile(join(import.meta.dirname, name));
      response.writeHead(200, { 'content-type': `${types[extname(name)]}; charset=utf-8`, 'cache-control': 'no-cache' }).end(content);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page\n');
    }
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

if (import.meta.main) {
  const port = Number(process.argv[2] ?? 8090);
  await servePage(port);
  console.log(`http://localhost:${port}`);
}

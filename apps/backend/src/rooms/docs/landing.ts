/** The page about the server: what runs here and where to go from it. No script, nothing from elsewhere. */
import type { Language } from '../../doors/language.ts';
import type { DependencyHealth, Health } from '../system/health.ts';

const texts = {
  ja: {
    lead: '画像パイプラインと外観検査のためのプラットフォームが動作しています。',
    status: '状態',
    states: { healthy: '正常', degraded: '一部停止', unhealthy: '停止' },
    links: '入口',
    reference: 'API リファレンス',
    openapi: 'OpenAPI 3.1 定義',
    asyncapi: 'AsyncAPI 定義（WebSocket・Kafka）',
    health: 'システム状態（JSON）',
    keys: 'トークン検証用の公開鍵（JWKS）',
    metrics: 'Prometheus 用の計測値',
    start: '試してみる',
    login: 'ログインしてアクセストークンを得る',
    run: '画像を検査パイプラインにかける',
    other: 'English',
  },
  en: {
    lead: 'The platform for image pipelines and visual inspection is running.',
    status: 'Status',
    states: { healthy: 'healthy', degraded: 'degraded', unhealthy: 'down' },
    links: 'Where to go',
    reference: 'API reference',
    openapi: 'OpenAPI 3.1 document',
    asyncapi: 'AsyncAPI document (WebSocket, Kafka)',
    health: 'System health (JSON)',
    keys: 'Public keys that verify tokens (JWKS)',
    metrics: 'Metrics for Prometheus',
    start: 'Try it',
    login: 'Sign in and get an access token',
    run: 'Put a photo through the inspection pipeline',
    other: '日本語',
  },
} as const;

const style = `
:root{color-scheme:light dark;--text:#1c2430;--dim:#5b6675;--ground:#f6f7f9;--card:#fff;--line:#dde2e8;--link:#0a62c4;--good:#18794e;--bad:#c62a2f}
@media(prefers-color-scheme:dark){:root{--text:#e8ecf1;--dim:#9aa7b5;--ground:#12161b;--card:#1a2027;--line:#2c353f;--link:#6cb2ff;--good:#4cc38a;--bad:#ff7a7f}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--text);font:16px/1.65 system-ui,"Hiragino Sans","Noto Sans JP",sans-serif}
main{max-width:46rem;margin:0 auto;padding:3rem 1.25rem}h1{font-size:1.75rem;margin:0}h2{font-size:1rem;margin:0 0 .6rem}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.3rem;margin-top:1.2rem}
header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;flex-wrap:wrap}p{margin:.4rem 0;color:var(--dim)}
ul{list-style:none;margin:0;padding:0}li{padding:.22rem 0;display:flex;justify-content:space-between;gap:1rem}a{color:var(--link)}
.healthy{color:var(--good)}.degraded,.unhealthy{color:var(--bad)}
pre{overflow-x:auto;background:var(--ground);border:1px solid var(--line);border-radius:8px;padding:.8rem;font-size:.82rem;margin:.4rem 0 0}`;

/** `origin` is the address the page was asked at, e.g. "http://localhost:8080". */
export function renderLanding(language: Language, origin: string, health: Health): string {
  const text = texts[language];
  const other = language === 'ja' ? 'en' : 'ja';
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>ImageFlowCanvas</title><style>${style}</style></head><body><main>
<header><h1>ImageFlowCanvas</h1><a href="?lang=${other}" hreflang="${other}">${text.other}</a></header>
<p>${text.lead}</p>
<section><h2>${text.status}: <span class="${health.status}">${text.states[health.status]}</span></h2>
<ul>${health.dependencies.map((dependency) => stateLine(dependency, text.states)).join('')}</ul></section>
<section><h2>${text.links}</h2><ul>
${link('/api/docs', text.reference)}${link('/api/v1/openapi.json', text.openapi)}${link('/api/v1/asyncapi.json', text.asyncapi)}
${link('/api/v1/health', text.health)}${link('/.well-known/jwks.json', text.keys)}${link('/metrics', text.metrics)}</ul></section>
<section><h2>${text.start}</h2><p>${text.login}</p><pre>${escapeHtml(loginCommand(origin))}</pre>
<p>${text.run}</p><pre>${escapeHtml(runCommand(origin))}</pre></section>
</main></body></html>`;
}

function stateLine(dependency: DependencyHealth, states: Readonly<Record<string, string>>): string {
  const name = `${escapeHtml(dependency.name)} (${escapeHtml(dependency.kind)})`;
  return `<li><span>${name}</span><span class="${dependency.status}">${states[dependency.status]}</span></li>`;
}

function link(address: string, label: string): string {
  return `<li><a href="${address}">${escapeHtml(label)}</a></li>`;
}

function loginCommand(origin: string): string {
  return `curl -X POST ${origin}/api/v1/auth/login \\
  -H 'content-type: application/json' \\
  -d '{"username":"admin","password":"…"}'`;
}

function runCommand(origin: string): string {
  return `curl -X POST ${origin}/api/v1/executions \\
  -H "authorization: Bearer $TOKEN" \\
  -F pipeline_id=quality-inspection-v1 -F input_files=@photo.jpg`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

import { expect, test } from 'vitest';
import { answerChallenge, parseChallenge } from './digest.ts';

/** The example of RFC 7616, 3.9.1. */
const fields =
  'realm="http-auth@example.org", qop="auth, auth-int", algorithm=%, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const [md5, sha256] = ['MD5', 'SHA-256'].map((algorithm) => `Digest ${fields.replace('%', algorithm)}`) as [string, string];
const request = { method: 'GET', path: '/dir/index.html', count: 1, clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };
const mufasa = { username: 'Mufasa', password: 'Circle of Life' };

function answer(headers: readonly string[], login = mufasa): string {
  const challenge = parseChallenge(headers);
  if (challenge === undefined) throw new Error('no challenge');
  return answerChallenge(challenge, login, request);
}

test('MD5 and SHA-256 as the standard has them; of both the stronger', () => {
  expect(answer([md5])).toContain('response="8ca523f5e9506fed4657c9700eebdbec"');
  for (const headers of [[sha256], [md5, sha256], [`Basic realm="x", ${md5}, ${sha256}`]]) {
    expect(answer(headers)).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
  }
});

/** RFC 2069, 2.4, with the response that its errata corrects. */
test('without qop', () => {
  const header = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
  const sent = answer([header], { username: 'Mufasa', password: 'CircleOfLife' });
  expect(sent).toContain('response="1949323746fe6a43ef61f9606e7febea"');
  expect(sent).not.toContain('qop');
});

test('what is not understood is no challenge', () => {
  expect(
    parseChallenge(['Basic realm="x"', 'Digest realm="x", qop="auth-int", nonce="n"', 'Digest realm="x", algorithm=MD4, nonce="n"']),
  ).toBeUndefined();
  expect(parseChallenge([])).toBeUndefined();
});

test('a user name in any script can be sent', () => {
  const sent = answer([md5], { username: '工"場', password: 'x' });
  expect(Buffer.from(sent, 'latin1').toString()).toContain('username="工\\"場"');
});

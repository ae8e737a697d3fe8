/** Who may stream, and how many streams there may be at once. */
import type { Metadata } from '@grpc/grpc-js';
import { AppError } from '@imageflow/core';
import type { StreamsConfig } from '../../scaffold/config.ts';
import type { BackendLink } from './backend.ts';

export interface Slot {
  /** For the log. */
  readonly client: string;
  /** Twice is harmless. */
  release(): void;
}

export interface Admission {
  /** @throws AppError UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED */
  admit(metadata: Metadata): Promise<Slot>;
  readonly running: number;
}

/** A gateway on this machine sends these along: its client is not of this machine. */
const forwardedHeaders = ['x-forwarded-for', 'forwarded', 'x-envoy-external-address', 'via'];

type Limits = Pick<StreamsConfig, 'requiresToken' | 'maxStreams' | 'maxStreamsPerClient'>;

/** The backend streams for many clients; it names each, so that one of them cannot take all places. */
const behalfHeader = 'imageflow-client';

export function createAdmission(backend: Pick<BackendLink, 'admitClient' | 'isServiceKey'>, limits: Limits): Admission {
  const byClient = new Map<string, number>();
  let running = 0;

  function take(client: string): Slot {
    const own = byClient.get(client) ?? 0;
    if (own >= limits.maxStreamsPerClient) throw full(limits.maxStreamsPerClient, true);
    byClient.set(client, own + 1);
    let isHeld = true;
    return {
      client,
      release() {
        if (!isHeld) return;
        isHeld = false;
        running -= 1;
        const left = (byClient.get(client) ?? 1) - 1;
        if (left === 0) byClient.delete(client);
        else byClient.set(client, left);
      },
    };
  }

  return {
    get running() {
      return running;
    },
    async admit(metadata) {
      if (running >= limits.maxStreams) throw full(limits.maxStreams, false);
      // Taken before the backend is asked: many that come at once must not all see the last free place.
      running += 1;
      try {
        return take(await identify(metadata, backend, limits.requiresToken));
      } catch (error) {
        running -= 1;
        throw error;
      }
    },
  };
}

async function identify(
  metadata: Metadata,
  backend: Pick<BackendLink, 'admitClient' | 'isServiceKey'>,
  requiresToken: boolean,
): Promise<string> {
  const authorization = metadata.get('authorization')[0]?.toString();
  if (authorization === undefined) {
    if (!requiresToken && !forwardedHeaders.some((name) => metadata.get(name).length > 0)) return 'local';
    throw new AppError('UNAUTHENTICATED', {
      detail: {
        ja: 'gRPC のメタデータに authorization: Bearer <アクセストークン> を付けてください。トークンは POST /api/v1/auth/login で得られます',
        en: 'Send authorization: Bearer <access token> in the metadata. POST /api/v1/auth/login gives one',
      },
    });
  }
  const key = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (key !== undefined && (await backend.isServiceKey(key)))
    return `service:${metadata.get(behalfHeader)[0]?.toString() ?? crypto.randomUUID()}`;
  return `user:${(await backend.admitClient(authorization)).user_id}`;
}

function full(limit: number, isOwn: boolean): AppError {
  return new AppError('RATE_LIMITED', {
    detail: isOwn
      ? {
          ja: `同時に開けるストリームは 1 クライアントにつき ${limit} 本までです。使っていないストリームを閉じてください`,
          en: `A client may have ${limit} streams at once. Close one that is not needed`,
        }
      : {
          ja: `同時に開けるストリームは ${limit} 本までです。しばらくしてからやり直してください`,
          en: `This service runs ${limit} streams at once, and all places are taken. Try again later`,
        },
    retryAfterSeconds: 5,
  });
}

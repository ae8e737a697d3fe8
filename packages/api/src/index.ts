export * from './http/route.ts';

/** Of the server that this build belongs to. */
declare const __VERSION__: string;

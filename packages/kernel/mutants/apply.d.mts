import type { Fault } from './faults.mjs';

export declare function obstacle(dist: string, fault: Fault): string | null;
export declare function putIn(dist: string, fault: Fault): () => void;

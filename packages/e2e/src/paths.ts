import { fileURLToPath } from 'node:url';

/** The clone. */
export const root: string = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** Git-ignored, like everything the tests leave behind: downloads here, what people may want to look at in `artifacts`. */
export const cache: string = `${root}/.cache`;
export const artifacts: string = `${root}/artifacts`;

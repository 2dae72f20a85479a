/**
 * Loops that try everything do so with THOROUGH=1 (`npm run test:thorough`). For every change they try one in three, so
 * that each kind of thing has its turn somewhere.
 */
export const thorough = process.env['THOROUGH'] === '1';
/** Whether a place of a loop is tried. */
export const isTried = (place: number): boolean => thorough || place % 3 === 0;

import {useEffect, useState} from 'react';

/** The clock, once a second: ages grow while nothing is read. */
export function useNow(now: () => number, everyMs = 1000): number {
  const [at, setAt] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setAt(now()), everyMs);
    return () => clearInterval(timer);
  }, [now, everyMs]);
  return at;
}

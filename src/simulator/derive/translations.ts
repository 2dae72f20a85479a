/** The translations that a virtual router really has: rules of each, and addresses on lo. */
import {troubleOf} from '../faults/trouble.ts';
import type {SimHost, SimTranslation, SimWorld} from '../world.ts';

export function rulesOf(world: SimWorld, host: SimHost): readonly SimTranslation[] {
  const {withoutRules = [], stale = []} = troubleOf(world, host).router ?? {};
  return [...world.translations.filter(({external}) => !withoutRules.includes(external)), ...stale];
}

export function externalAddressesOf(world: SimWorld, host: SimHost): readonly string[] {
  const {withoutAddress = [], stale = []} = troubleOf(world, host).router ?? {};
  return [...world.translations, ...stale].map(({external}) => external).filter((external) => !withoutAddress.includes(external));
}

/** What can be wrong with a host: the shapes that faults fill in and answers read. */

/** How a host's WireGuard entry for another host differs from what it should be. */
export interface PeerTrouble {
  readonly key?: string;
  readonly allowed?: readonly string[]; // "192.168.0.99/32"
  readonly endpoint?: string; // "203.0.113.66:51820"; "(none)": it does not dial
  readonly missing?: true;
}

export interface VxlanTrouble {
  readonly gone?: true;
  readonly down?: true;
  readonly unenslaved?: true;
  readonly id?: number;
  readonly port?: number;
  readonly learning?: true;
  readonly local?: string;
  readonly device?: true; // made with `dev wg0`, without `local`
  readonly mtu?: number;
  readonly bridgeDown?: true;
}

export interface BgpTrouble {
  readonly remoteAs?: number;
  readonly password?: true;
  readonly inactive?: true; // l2vpn evpn is not activated
  readonly silent?: true; // no advertise-all-vni
  readonly targets?: Readonly<Record<number, string>>; // VNI → route target of its own
  readonly noClients?: true;
  readonly routerId?: string;
  readonly shutdown?: true;
  readonly denies?: true; // nothing goes out
  readonly deafTo?: string; // VTEP whose multicast routes are not let in
}

export interface FdbTrouble {
  readonly vni: number;
  readonly mac: string;
  readonly to: string | undefined; // remote VTEP; undefined: deleted
  readonly until?: string; // deleted, as long as zebra has the MAC there
}

/** A machine with the MAC of another: on this host too. */
export interface Twin {
  readonly guest: number;
  readonly frozen?: true; // duplicate-address detection has frozen it
}

/** A MAC that is at two ports in turn; `turn` is 0 at the one, 1 at the other. */
export interface Roamer {
  readonly mac: string;
  readonly vni: number;
  readonly port: string;
  readonly turn: number;
}

export type SshTrouble = 'refused' | 'silent' | 'key' | 'host-key' | 'plain-user' | 'no-rights' | 'hangs';

export interface Trouble {
  readonly dead?: readonly string[];
  readonly hung?: readonly string[];
  readonly unconfigured?: true; // bgpd runs without its configuration
  readonly unplugged?: true;
  readonly wg?: 'down' | 'gone';
  readonly wgMtu?: number;
  readonly wgDropped?: true; // UDP 51820
  readonly peers?: Readonly<Record<string, PeerTrouble>>; // by host
  readonly bgp?: BgpTrouble;
  readonly vxlan?: Readonly<Record<number, VxlanTrouble>>;
  readonly downed?: readonly string[]; // further devices that were set down
  readonly vxlanDropped?: true; // UDP 4789 on wg0
  readonly fdb?: readonly FdbTrouble[]; // entries written by hand
  readonly roamers?: readonly Roamer[];
  readonly twins?: readonly Twin[];
  readonly guestMtu?: Readonly<Record<number, number>>; // guest → MTU: nothing outside the guest shows it
  readonly elsewhere?: readonly number[]; // guests that run here, though OpenNebula has them elsewhere
  readonly filter?: readonly string[]; // rules of the filter table, "-A INPUT …"
  readonly ssh?: SshTrouble;
  readonly router?: RouterTrouble;
}

export interface RouterTrouble {
  readonly failover?: string;
  readonly forwarding?: false;
  readonly legacy?: true; // its rules are in the other back end
  readonly withoutRules?: readonly string[]; // external addresses
  readonly withoutAddress?: readonly string[];
  readonly stale?: readonly {readonly external: string; readonly internal: string}[];
}

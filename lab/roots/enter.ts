/** Boot lines: a handle on a root that other mounts may soon hide. */
export const holdRoot = (root: string): string => `mount --bind '${root}' /media\n`;

/**
 * Boot lines: from here on the machine lives in the root. It is shared: an overlay whose upper layer is this machine's,
 * in memory. What the machine has of its own comes along, as does wireguard-go, which runs already (not every release
 * has it, and it needs nothing of the file system but /run).
 */
export const enterRoot = (ownPlaces: readonly string[]): string => `
mkdir /tmp/upper /tmp/work /tmp/new
mount -t overlay -o lowerdir=/media,upperdir=/tmp/upper,workdir=/tmp/work overlay /tmp/new
umount /media
cd /tmp/new
for place in ${ownPlaces.join(' ')}; do
  if [ -d /$place ]; then mkdir -p $place; else [ -e $place ] || : >$place; fi
  mount --bind /$place $place
done
for place in dev sys run; do mount --rbind /$place $place; done
mount -t proc proc proc
mount -t tmpfs -o mode=1777 tmpfs var/tmp
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir .old
pivot_root . .old
hash -r
umount -l /.old
rmdir /.old
cd /root
`;

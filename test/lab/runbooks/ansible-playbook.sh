#!/bin/sh
# Stands in for ansible-playbook: reads the inventory it is given, reaches each host of it as Ansible would, and says so line by line.
[ "$1" = -i ] || exit 2
inventory=$2 playbook=$3
[ -r "$playbook" ] || { echo "ERROR! the playbook: $playbook could not be found"; exit 1; }
echo "PLAY [router:node] ***"
echo "TASK [opennebula.deploy.frr.evpn : Configure BGP] ***"
code=0
key=$(sed -n 's/.*ansible_ssh_private_key_file: "\(.*\)"/\1/p' "$inventory")
for host in $(sed -n 's/^        "\([^"]*\)": .*/\1/p' "$inventory"); do
  address=$(sed -n "s/^        \"$host\": {ansible_host: \"\(.*\)\"}/\1/p" "$inventory")
  if [ -z "$address" ] || ssh -i "$key" -o BatchMode=yes -o ConnectTimeout=10 "root@$address" true </dev/null; then echo "ok: [$host]"; else echo "fatal: [$host]: UNREACHABLE!"; code=4; fi
done
[ ! -e /root/roles-fail ] || { echo 'fatal: [kvm1]: FAILED! => {"msg": "no package matching frr"}'; code=2; }
echo "PLAY RECAP ***"
exit $code

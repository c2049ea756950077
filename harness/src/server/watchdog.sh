# Runs a server in a new folder. When standard input ends, it ends the server and removes the folder. Standard
# input is a pipe from the process that started this one, so it ends with that process, however it ends.
#
# A server that ends while the folder has a file `killed` is run again as soon as standard input has a line.
#
# $1: the folder, which may have a copy of the program next to it; $2: the signal that ends the server at once;
# then the command. A command with more steps before the server checks for a file `over` in the folder.
folder=$1 signal=$2
shift 2
# When the process that started this one ends while the server is stopped, the system hangs up on its group.
trap '' HUP
exec 3<&0 < /dev/null
umask 077
mkdir "$folder" 2>&1 || exit
echo $$ > "$folder/watchdog"

# Continues a stopped server and its processes; until then they handle no signal but SIGKILL.
thaw() {
    for stat in /proc/[0-9]*/stat; do
        read -r process _ _ parent _ < "$stat" && [ "$parent" = "$1" ] && kill -CONT "$process"
    done
    kill -CONT "$1"
}

(
    while read -r _ <&3; do : > "$folder/again"; done
    : > "$folder/over"
    # Again and again: a server that is still starting may not handle signals yet.
    while kill -0 $$; do
        server=$(cat "$folder/server")
        thaw "$server"
        kill -"$signal" "$server"
        sleep 0.1
    done
) 2> /dev/null &
lifeline=$!
exec 3<&-

was_killed=
while [ ! -e "$folder/over" ]; do
    "$@" >> "$folder/log" 2>&1 &
    server=$!
    echo $server > "$folder/server"
    wait "$server"
    if [ -e "$folder/killed" ]; then
        was_killed=yes
        until [ -e "$folder/again" ] || [ -e "$folder/over" ]; do sleep 0.02; done
        rm -f "$folder/killed" "$folder/again"
    elif [ "$was_killed" ]; then
        # Another program may have taken its port for a moment.
        sleep 0.1
    else
        break
    fi
done
kill "$lifeline" 2> /dev/null
tail -n 5 "$folder/log"
# A killed PostgreSQL has left shared memory behind, which only its next start would remove.
if [ -e "$folder/data/postmaster.pid" ]; then
    memory=$(sed -n 7p "$folder/data/postmaster.pid")
    ipcrm -m "${memory##* }" 2> /dev/null
fi
rm -rf "$folder" "$folder.program"

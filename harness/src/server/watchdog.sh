# Runs a server in a new folder. When standard input ends, it ends the server and removes the folder. Standard
# input is a pipe from the process that started this one, so it ends with that process, however it ends.
#
# $1: the folder, which may have a copy of the program next to it; $2: the signal that ends the server at once;
# then the command. A command with more steps before the server checks for a file `over` in the folder.
folder=$1 signal=$2
shift 2
exec 3<&0 < /dev/null
umask 077
mkdir "$folder" 2>&1 || exit
echo $$ > "$folder/watchdog"
"$@" > "$folder/log" 2>&1 3<&- &
server=$!
(
    while read -r _ <&3; do :; done
    : > "$folder/over"
    # A server that is still starting may not handle signals yet.
    while kill -"$signal" "$server"; do sleep 0.1; done
) 2> /dev/null &
lifeline=$!
exec 3<&-
wait "$server"
kill "$lifeline" 2> /dev/null
tail -n 5 "$folder/log"
rm -rf "$folder" "$folder.program"

# Runs a server in a new folder, and ends it and removes the folder when standard input ends. That is a pipe from whoever
# wanted the server, so it ends with them, however they end.
#
# $1: the folder, beside which a copy of the program may be; $2: the signal that ends the server at once; then the command. A command that has more to
# do before it runs the server looks for a file `over` in the folder.
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
    # A server that is only just starting may not listen yet.
    while kill -"$signal" "$server"; do sleep 0.1; done
) 2> /dev/null &
lifeline=$!
exec 3<&-
wait "$server"
kill "$lifeline" 2> /dev/null
tail -n 5 "$folder/log"
rm -rf "$folder" "$folder.program"

# To be sourced: who is alive below a process, and waiting for its end. Works with the ps of Linux and macOS.

# The process and all below it, one number a line.
family() {
    ps -e -o pid=,ppid= | awk -v root="$1" '
        { parent[$1] = $2 }
        END { for (pid in parent) for (up = pid; up in parent; up = parent[up]) if (up == root) { print pid; break } }'
}

any_alive() {
    local pid
    for pid in $1; do
        case $(ps -o stat= -p "$pid" 2>/dev/null) in
        "" | Z*) ;;
        *) return 0 ;;
        esac
    done
    return 1
}

# wait_for_end PIDS SECONDS
wait_for_end() {
    local deadline=$((SECONDS + $2))
    while any_alive "$1"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

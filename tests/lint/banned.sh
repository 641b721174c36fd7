#!/bin/sh
# Functions that lie about errors, overflow buffers, or reach past the one place made for them;
# SQL outside the store; notes to oneself. Run from the top of the tree.
set -eu
status=0

ban() { # extended pattern, reason, files...
    pattern=$1
    reason=$2
    shift 2
    # comments and strings in prose may speak of these: only calls and code are meant
    if grep -nHE "$pattern" "$@" | grep -vE ':[[:space:]]*(/\*|\*)'; then
        echo "  ^ $reason"
        status=1
    fi
}

sources=$(find server sampler -name '*.[ch]')
ban '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca)\(' 'no bound: use buf, arena_printf or snprintf' $sources
ban '\b(atoi|atol|atof)\(' 'no error: use strtoll and look at errno and the end' $sources
ban '\b(rand|srand|random|srandom|drand48)\(' 'not repeatable: use an rng with a stored seed' $sources
ban '\b(localtime|gmtime|ctime|asctime)\(' 'not safe among threads: use base/clock' $sources
ban '\b(system|popen|execl|execlp|execvp)\(' 'no shell' $sources
ban '\b(exit|abort|_exit)\(' 'a library returns its error' $(find sampler server/base server/media server/store server/domain server/formats server/jobs server/api server/http -name '*.[ch]')
ban '\b(time|gettimeofday|clock_gettime)\(' 'ask base/clock' $(find server -name '*.[ch]' ! -path server/base/clock.c)
ban '"(SELECT|INSERT INTO|INSERT OR|UPDATE|DELETE FROM|CREATE TABLE|PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT) ' 'SQL lives in server/store' $(find server sampler -name '*.[ch]' ! -path 'server/store/*')
ban '\b(TODO|FIXME|XXX|HACK)\b' 'finish it, or open an issue' $sources $(find tests -name '*.[ch]')
exit $status

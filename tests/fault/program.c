#include "fault/program.h"

#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS_MAX = 30 };

/* Its log goes to the test's own stderr only when EXEMPLAR_TEST_LOG is set. */
static void become_program(const char *const *args, int in_fd, int out_fd)
{
    char *argv[ARGS_MAX + 2] = {getenv("EXEMPLAR_PROGRAM")};
    int quiet = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int i = 0; args[i] && i < ARGS_MAX; i++)
        argv[i + 1] = (char *)(uintptr_t)args[i];
    dup2(in_fd >= 0 ? in_fd : quiet, STDIN_FILENO);
    dup2(out_fd >= 0 ? out_fd : quiet, STDOUT_FILENO);
    if (!getenv("EXEMPLAR_TEST_LOG")) dup2(quiet, STDERR_FILENO);
    if (argv[0]) execv(argv[0], argv);
    _exit(127);
}

static pid_t spawn(const char *const *args, int in_fd, int out_fd)
{
    pid_t pid = fork();

    if (pid < 0) fail_msg("fork: %s", strerror(errno));
    if (!pid) become_program(args, in_fd, out_fd);
    return pid;
}

static int in_pipe(const char *in)
{
    int fds[2];

    if (!in) return -1;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(write(fds[1], in, strlen(in)), strlen(in));
    close(fds[1]);
    return fds[0];
}

static void read_all(int fd, struct buf *out)
{
    char piece[65536];
    ssize_t n;

    while ((n = read(fd, piece, sizeof piece)) > 0)
        if (out) CHECK_OK(buf_add(out, piece, (size_t)n));
}

int program_run(struct buf *out, const char *in, const char *const *args)
{
    int fds[2];
    int in_fd = in_pipe(in);
    int status;
    pid_t pid;

    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid = spawn(args, in_fd, fds[1]);
    close(fds[1]);
    if (in_fd >= 0) close(in_fd);
    read_all(fds[0], out);
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

pid_t program_start(const char *const *args, int *out_fd)
{
    int fds[2] = {-1, -1};
    pid_t pid;

    if (out_fd) assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid = spawn(args, -1, fds[1]);
    if (out_fd) {
        close(fds[1]);
        *out_fd = fds[0];
    }
    return pid;
}

int program_kill(pid_t pid)
{
    int status;

    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status);
}

void server_start(struct server *s, const char *data_folder)
{
    const char *const args[] = {"serve",    "--data",      data_folder,
                                "--listen", "127.0.0.1:0", NULL};
    char line[300];
    int fd;
    FILE *out;
    const char *at;

    s->pid = program_start(args, &fd);
    out = fdopen(fd, "r");
    assert_non_null(out);
    s->link[0] = '\0';
    if (!fgets(line, sizeof line, out)) fail_msg("the server ended at once");
    at = strstr(line, "127.0.0.1:");
    assert_non_null(at);
    s->port = (int)strtol(at + 10, NULL, 10);
    fcntl(fd, F_SETFL, O_NONBLOCK); /* a second line comes with the first, or never */
    usleep(20000);
    if (fgets(line, sizeof line, out)) {
        at = strstr(line, "/#/setup/");
        assert_non_null(at);
        snprintf(s->link, sizeof s->link, "%.*s", (int)strcspn(at + 9, "\n"), at + 9);
    }
    fclose(out);
}

void server_kill(struct server *s)
{
    program_kill(s->pid);
}

int server_stop(struct server *s)
{
    int status;

    kill(s->pid, SIGTERM);
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int connect_to(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int send_request(int fd, const char *token, const char *method, const char *path,
                        const json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : strdup("");
    char *request = NULL;
    int n =
        asprintf(&request,
                 "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Exemplar: 1\r\n"
                 "%s%s%sContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                 method, path, token ? "Authorization: Bearer " : "", token ? token : "",
                 token ? "\r\n" : "", strlen(text), text);
    ssize_t sent = send(fd, request, (size_t)n, MSG_NOSIGNAL);

    free(text);
    free(request);
    return sent == n;
}

/* The status of a whole answer (Content-Length tells), and its body. */
static int read_reply(int fd, json_t **reply)
{
    struct buf b;
    char piece[16384];
    ssize_t n;
    const char *body;
    const char *length;
    int status = 0;

    buf_init(&b, 64 * MIB);
    while ((n = recv(fd, piece, sizeof piece, 0)) > 0)
        CHECK_OK(buf_add(&b, piece, (size_t)n));
    body = b.data ? strstr(b.data, "\r\n\r\n") : NULL;
    length = b.data ? strcasestr(b.data, "\r\nContent-Length:") : NULL;
    if (body && (!length || strlen(body + 4) >= strtoul(length + 17, NULL, 10)))
        status = (int)strtol(b.data + 9, NULL, 10);
    if (status && reply && json_read(reply, body + 4, strlen(body + 4))) *reply = NULL;
    buf_free(&b);
    return status;
}

int http_ask(int port, const char *token, const char *method, const char *path,
             const json_t *body, json_t **reply)
{
    int fd = connect_to(port);
    int status = 0;

    if (reply) *reply = NULL;
    if (fd < 0) return 0;
    if (send_request(fd, token, method, path, body)) status = read_reply(fd, reply);
    close(fd);
    return status;
}

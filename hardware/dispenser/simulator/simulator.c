/* simulator FIRMWARE.elf [SPEED [EEPROM]]: the board in its cabinet, its serial port a pseudo-terminal.
 *
 * SPEED is simulated seconds in a real one; with 0, time passes only while a command waits.
 * EEPROM is a file that keeps the board's memory. The first line of the output names the port. Then
 * each line of input is answered by "ok ..." or "error":
 *   ask HEX          send bytes to the serial port; what comes back, in hexadecimal
 *   set NAME VALUE   a field of the cabinet: jammed, nothing_falls, door_open, sensor_blocked,
 *                    temperature, range, brown_out (see cabinet.h)
 *   power 0|1        pull the plug, put it back
 *   cut US           reset so many simulated microseconds from now
 *   hang             the program stands still; the watchdog's turn
 *   wait MS          answered so many simulated milliseconds later
 *   state            now, motor_starts, motor_ms and the drops of each slot
 * It ends with its input.
 */
#include <avr_eeprom.h>
#include <avr_uart.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sim_elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cabinet.h"

enum {
    BYTES_A_MS = 3, /* a real line brings 5; simavr would lose some of a long frame then */
    LATE_MS = 100,
    ANSWER_MS = 120, /* the board answers within 100 ms or not at all */
    ANSWER_ENDS_MS = 2,
    LONGEST_LINE = 1024,
};

static struct cabinet cabinet = {.temperature = 240, .range = 65535};
static avr_t *avr;
static bool powered = true;
static int port;
static FILE *out;
static unsigned long waiting_until, asking_until; /* simulated ms; 0: not */
static char reply[LONGEST_LINE]; /* to what is being asked, in hexadecimal */
static unsigned char incoming[4096];
static int incoming_length;

static void on_output(avr_irq_t *irq, uint32_t byte, void *param)
{
    (void)irq, (void)param;
    unsigned char sent = byte;
    if (asking_until) {
        sprintf(reply + strlen(reply), "%02x", sent);
        asking_until = cabinet_now_ms(avr) + ANSWER_ENDS_MS;
        return;
    }
    if (write(port, &sent, 1) < 0)
        perror("serial port");
}

static void feed_uart(void)
{
    int count = incoming_length < BYTES_A_MS ? incoming_length : BYTES_A_MS;
    avr_irq_t *input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
    for (int i = 0; i < count && powered; i++)
        avr_raise_irq(input, incoming[i]);
    incoming_length -= count;
    memmove(incoming, incoming + count, incoming_length);
}

static void hang(void)
{
    avr_flashaddr_t end = avr->flashend - 1;
    avr->flash[end] = 0xFF; /* rjmp to itself */
    avr->flash[end + 1] = 0xCF;
    avr->pc = end;
    avr->sreg[S_I] = 0;
    avr->state = cpu_Running;
}

static bool set(const char *name, long value)
{
    struct { const char *name; long *field; } fields[] = {
        {"jammed", &cabinet.jammed},           {"nothing_falls", &cabinet.nothing_falls},
        {"door_open", &cabinet.door_open},     {"sensor_blocked", &cabinet.sensor_blocked},
        {"temperature", &cabinet.temperature}, {"range", &cabinet.range},
        {"brown_out", &cabinet.brown_out},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!strcmp(name, fields[i].name)) {
            *fields[i].field = value;
            return true;
        }
    return false;
}

static void ask(const char *hex)
{
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1 && incoming_length < (int)sizeof incoming; hex += 2)
        incoming[incoming_length++] = byte;
    *reply = 0;
    asking_until = cabinet_now_ms(avr) + incoming_length / BYTES_A_MS + ANSWER_MS;
}

static void obey(const char *line)
{
    char name[32];
    long value;
    bool known = true;
    if (sscanf(line, "set %31s %ld", name, &value) == 2)
        known = set(name, value);
    else if (sscanf(line, "power %ld", &value) == 1) {
        if (powered && !value)
            avr_reset(avr);
        powered = value;
    } else if (sscanf(line, "cut %ld", &value) == 1)
        cabinet_cut_power(&cabinet, value);
    else if (sscanf(line, "wait %ld", &value) == 1) {
        waiting_until = cabinet_now_ms(avr) + value;
        return;
    } else if (!strncmp(line, "ask ", 4)) {
        ask(line + 4);
        return;
    } else if (!strcmp(line, "hang\n"))
        hang();
    else if (!strcmp(line, "state\n")) {
        fprintf(out, "ok %lu %lu %lu", cabinet_now_ms(avr), cabinet.motor_starts, cabinet.motor_ms);
        for (int slot = 0; slot < SLOTS; slot++)
            fprintf(out, " %lu", cabinet.drops[slot]);
        fprintf(out, "\n");
        return;
    } else
        known = false;
    fprintf(out, known ? "ok\n" : "error\n");
}

static void run_millisecond(void)
{
    avr_cycle_count_t end = avr->cycle + avr->frequency / 1000;
    if (!powered)
        avr->cycle = end;
    while (avr->cycle < end) {
        int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed) {
            fprintf(stderr, "the firmware has crashed\n");
            exit(1);
        }
        cabinet_check_power(&cabinet);
    }
    cabinet_pass_millisecond(&cabinet);
}

static bool is_over(unsigned long *until)
{
    if (!*until || cabinet_now_ms(avr) < *until)
        return false;
    *until = 0;
    return true;
}

static void end_waiting(void)
{
    if (is_over(&waiting_until))
        fprintf(out, "ok\n");
    if (is_over(&asking_until))
        fprintf(out, "ok %s\n", reply);
}

static long real_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Take in what has come, waiting for it at most `us`, or for ever; false at the end of the input. */
static bool listen_for(long us, bool for_ever)
{
    struct timespec patience = {.tv_nsec = us > 0 ? us * 1000 : 0};
    struct pollfd both[] = {{.fd = 0, .events = POLLIN}, {.fd = port, .events = POLLIN}};
    if (ppoll(both, 2, for_ever ? NULL : &patience, NULL) <= 0)
        return true;
    if (both[1].revents & POLLIN) {
        int room = sizeof incoming - incoming_length;
        int count = read(port, incoming + incoming_length, room);
        incoming_length += count > 0 ? count : 0;
    }
    char line[LONGEST_LINE];
    if (both[0].revents) {
        if (!fgets(line, sizeof line, stdin))
            return false;
        obey(line);
    }
    return true;
}

static void no_sleep(avr_t *board, avr_cycle_count_t cycles)
{
    (void)board, (void)cycles; /* the main loop keeps the time */
}

static void build_board(const char *firmware)
{
    elf_firmware_t elf = {.frequency = 16000000};
    if (elf_read_firmware(firmware, &elf) != 0)
        exit(1);
    avr = avr_make_mcu_by_name("atmega328p");
    avr_init(avr);
    avr->sleep = no_sleep;
    avr->log = LOG_NONE;
    strcpy(elf.mmcu, "atmega328p");
    avr_load_firmware(avr, &elf);
    avr->frequency = 16000000;
    avr->vcc = avr->avcc = avr->aref = 5000;
    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT),
                            on_output, NULL);
    cabinet_build(&cabinet, avr);
}

static unsigned char *eeprom(void)
{
    avr_eeprom_desc_t memory = {.size = 1};
    avr_ioctl(avr, AVR_IOCTL_EEPROM_GET, &memory);
    return memory.ee;
}

static void keep_eeprom(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);
    if (!file)
        return; /* a new board */
    size_t count = *mode == 'r' ? fread(eeprom(), 1, 1024, file) : fwrite(eeprom(), 1, 1024, file);
    if (count != 1024)
        fprintf(stderr, "%s: not 1 kB\n", path);
    fclose(file);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: simulator FIRMWARE.elf [SPEED [EEPROM]]\n");
        return 2;
    }
    double speed = argc > 2 ? atof(argv[2]) : 1;
    out = fdopen(dup(1), "w");
    setlinebuf(out);
    setbuf(stdin, NULL);
    dup2(2, 1); /* simavr is chatty */
    build_board(argv[1]);
    if (argc > 3)
        keep_eeprom(argv[3], "r");

    int other_end;
    char name[64];
    if (openpty(&port, &other_end, name, NULL, NULL) != 0) {
        perror("openpty");
        return 1;
    }
    struct termios raw;
    tcgetattr(other_end, &raw);
    cfmakeraw(&raw);
    tcsetattr(other_end, TCSANOW, &raw);
    fprintf(out, "%s\n", name);

    long began = real_us(), ahead = 0;
    unsigned long ms = 0;
    for (bool still = speed == 0; listen_for(ahead, still);) {
        still = speed == 0 && !waiting_until && !asking_until;
        if (still)
            continue;
        feed_uart();
        run_millisecond();
        end_waiting();
        if (speed > 0)
            ahead = began + (long)(++ms * 1000 / speed) - real_us();
        if (ahead < -LATE_MS * 1000L)
            began -= ahead; /* a busy machine: time is lost, not caught up with */
    }
    if (argc > 3)
        keep_eeprom(argv[3], "w");
    return 0;
}

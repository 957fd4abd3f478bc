/* The job log and the stock, which survive a power cut at any moment.
 *
 * The EEPROM holds a ring of 62 pages of 16 bytes. A page has
 *   the serial number and the stock of all slots before its job, sealed by a check byte;
 *   the job's id and slot, sealed by another;
 *   one byte of progress: all bits set is "accepted"; running, dropped, failed and uncertain each
 *   clear one bit, and the reason stands inverted in the upper half.
 * The stock after a job follows from its page. So "dropped" and "one piece fewer" are one and the
 * same write of one byte, and no power cut comes between them.
 *
 * A page is opened (erased, serial and stock written) while nobody waits, and an order then takes
 * four bytes and a start one, all without erasing. A page that a power cut left without its seals
 * does not count. The next page takes the place of one without a job, else of the oldest, so that
 * refills do not push jobs out, and each cell is erased once in some 60 jobs.
 */
#include "job_log.h"

#include "eeprom.h"
#include "registers.h"

enum {
    PAGES = JOBS_REMEMBERED + 2, /* the open one, and one that a refill leaves behind */
    PAGE_SIZE = 16,
    SERIAL = 0,
    STOCK = 2,
    OPEN_SEAL = STOCK + 2 * SLOT_COUNT,
    JOB_ID = OPEN_SEAL + 1,
    JOB_SLOT = JOB_ID + 2,
    JOB_SEAL = JOB_SLOT + 1,
    PROGRESS = JOB_SEAL + 1,

    RESTARTS = PAGES * PAGE_SIZE, /* two copies of a number and its seal, written in turn */
    RESTARTS_SIZE = 3,

    IS_RUNNING = 1, /* the bits of PROGRESS */
    IS_DROPPED = 2,
    IS_FAILED = 4,
    IS_UNCERTAIN = 8,
    REASON_SHIFT = 4,
};

_Static_assert(PROGRESS < PAGE_SIZE && RESTARTS + 2 * RESTARTS_SIZE <= 1024, "1 kB of EEPROM");

static uint8_t open_page; /* the one with the newest serial number */
static bool used;         /* whether the open page has a job, or a torn piece of one */
static uint16_t serial, restarts;
static uint16_t stock[SLOT_COUNT];
static struct job newest;

static uint16_t page_address(uint8_t page, uint8_t field)
{
    return (uint16_t)(page * PAGE_SIZE + field);
}

static uint16_t read_word(uint16_t address)
{
    return (uint16_t)(eeprom_read(address) | eeprom_read(address + 1) << 8);
}

static void program_word(uint16_t address, uint16_t value)
{
    eeprom_program(address, (uint8_t)value);
    eeprom_program(address + 1, (uint8_t)(value >> 8));
}

/* CRC-8 (Dallas) of `count` bytes from `address`; never 0xFF, which is an erased byte. */
static uint8_t seal(uint16_t address, uint8_t count)
{
    uint8_t sum = 0;
    while (count--) {
        sum ^= eeprom_read(address++);
        for (uint8_t bit = 0; bit < 8; bit++)
            sum = sum & 1 ? sum >> 1 ^ 0x8C : sum >> 1;
    }
    return sum == 0xFF ? 0 : sum;
}

static bool is_sealed(uint16_t address, uint8_t count)
{
    return eeprom_read(address + count) == seal(address, count);
}

static bool is_open(uint8_t page)
{
    return is_sealed(page_address(page, SERIAL), OPEN_SEAL - SERIAL);
}

static bool has_job(uint8_t page)
{
    return is_open(page) && is_sealed(page_address(page, JOB_ID), JOB_SEAL - JOB_ID);
}

static bool is_blank(uint8_t page)
{
    for (uint8_t field = JOB_ID; field <= PROGRESS; field++)
        if (eeprom_read(page_address(page, field)) != 0xFF)
            return false;
    return true;
}

static bool is_newer(uint16_t one, uint16_t other)
{
    return (int16_t)(one - other) > 0;
}

static uint16_t serial_of(uint8_t page)
{
    return read_word(page_address(page, SERIAL));
}

static struct job job_of(uint8_t page)
{
    uint8_t progress = eeprom_read(page_address(page, PROGRESS));
    struct job job = {
        .id = read_word(page_address(page, JOB_ID)),
        .slot = eeprom_read(page_address(page, JOB_SLOT)),
        .state = !(progress & IS_UNCERTAIN) ? JOB_UNCERTAIN
                 : !(progress & IS_FAILED)  ? JOB_FAILED
                 : !(progress & IS_DROPPED) ? JOB_DROPPED
                 : !(progress & IS_RUNNING) ? JOB_RUNNING
                                            : JOB_ACCEPTED,
        .reason = (uint8_t)~progress >> REASON_SHIFT,
    };
    if (job.reason > REASON_RESTARTED) /* two reasons over one another, by a power cut */
        job.reason = REASON_RESTARTED;
    return job;
}

static void lower_stock(struct job job)
{
    if (job.state == JOB_DROPPED && stock[job.slot - 1] > 0)
        stock[job.slot - 1]--;
    if (job.state == JOB_FAILED && job.reason == REASON_EMPTY)
        stock[job.slot - 1] = 0;
}

static uint8_t next_place(void)
{
    uint8_t oldest = open_page;
    for (uint8_t page = 0; page < PAGES; page++) {
        if (page == open_page)
            continue;
        if (!has_job(page))
            return page;
        if (!is_newer(serial_of(page), serial_of(oldest)))
            oldest = page;
    }
    return oldest;
}

static void open_next_page(void)
{
    uint8_t page = next_place();
    eeprom_erase(page_address(page, OPEN_SEAL)); /* first: a page half erased must not count */
    for (uint8_t field = PAGE_SIZE; field-- > 0;)
        eeprom_erase(page_address(page, field));
    program_word(page_address(page, SERIAL), ++serial);
    for (uint8_t slot = 0; slot < SLOT_COUNT; slot++)
        program_word(page_address(page, STOCK + 2 * slot), stock[slot]);
    uint16_t start = page_address(page, SERIAL);
    eeprom_program(page_address(page, OPEN_SEAL), seal(start, OPEN_SEAL - SERIAL));
    open_page = page;
    used = false;
}

static void count_restart(void)
{
    uint16_t counts[2] = {0, 0};
    bool sound[2];
    for (uint8_t copy = 0; copy < 2; copy++) {
        sound[copy] = is_sealed(RESTARTS + copy * RESTARTS_SIZE, 2);
        if (sound[copy])
            counts[copy] = read_word(RESTARTS + copy * RESTARTS_SIZE);
    }
    uint8_t last = !sound[0] || (sound[1] && is_newer(counts[1], counts[0]));
    restarts = counts[last] + 1;
    uint16_t address = RESTARTS + !last * RESTARTS_SIZE;
    for (uint8_t i = RESTARTS_SIZE; i-- > 0;)
        eeprom_erase(address + i);
    program_word(address, restarts);
    eeprom_program(address + 2, seal(address, 2));
}

void job_log_start(void)
{
    bool found = false, found_job = false;
    uint8_t job_page = 0;
    newest = (struct job){0};
    for (uint8_t slot = 0; slot < SLOT_COUNT; slot++)
        stock[slot] = 0;
    for (uint8_t page = 0; page < PAGES; page++) {
        if (!is_open(page))
            continue;
        if (!found || is_newer(serial_of(page), serial)) {
            found = true;
            open_page = page;
            serial = serial_of(page);
        }
        if (has_job(page) && (!found_job || is_newer(serial_of(page), serial_of(job_page)))) {
            found_job = true;
            job_page = page;
        }
    }
    used = true;
    if (found) {
        used = !is_blank(open_page);
        for (uint8_t slot = 0; slot < SLOT_COUNT; slot++)
            stock[slot] = read_word(page_address(open_page, STOCK + 2 * slot));
    }
    if (found_job) {
        newest = job_of(job_page);
        if (job_page == open_page)
            lower_stock(newest);
    }
    count_restart();
    if (newest.state == JOB_ACCEPTED)
        job_log_end(JOB_FAILED, REASON_RESTARTED);
    else if (newest.state == JOB_RUNNING)
        job_log_end(JOB_UNCERTAIN, REASON_RESTARTED);
    job_log_make_room();
}

bool job_log_knows(uint16_t id)
{
    for (uint8_t page = 0; page < PAGES; page++)
        if (read_word(page_address(page, JOB_ID)) == id && has_job(page))
            return true;
    return false;
}

void job_log_accept(uint16_t id, uint8_t slot)
{
    job_log_make_room();
    uint16_t address = page_address(open_page, JOB_ID);
    used = true;
    program_word(address, id);
    eeprom_program(page_address(open_page, JOB_SLOT), slot);
    eeprom_program(page_address(open_page, JOB_SEAL), seal(address, JOB_SEAL - JOB_ID));
    newest = (struct job){.id = id, .slot = slot, .state = JOB_ACCEPTED, .reason = REASON_NONE};
}

static void clear_progress(uint8_t bits)
{
    uint16_t address = page_address(open_page, PROGRESS);
    eeprom_program(address, eeprom_read(address) & ~bits);
}

void job_log_running(void)
{
    clear_progress(IS_RUNNING);
    newest.state = JOB_RUNNING;
}

void job_log_end(uint8_t state, uint8_t reason)
{
    uint8_t bit = state == JOB_DROPPED ? IS_DROPPED : state == JOB_FAILED ? IS_FAILED : IS_UNCERTAIN;
    if (reason != REASON_NONE) /* first, so that an end that a power cut tears has its reason */
        clear_progress((uint8_t)(reason << REASON_SHIFT));
    clear_progress(bit);
    newest.state = state;
    newest.reason = reason;
    lower_stock(newest);
}

void job_log_make_room(void)
{
    if (used)
        open_next_page();
}

void job_log_refill(uint8_t slot, uint16_t pieces)
{
    stock[slot - 1] = pieces;
    open_next_page();
}

struct job job_log_newest(void)
{
    return newest;
}

uint16_t job_log_stock(uint8_t slot)
{
    return stock[slot - 1];
}

uint16_t job_log_restarts(void)
{
    return restarts;
}

/* The job log and the stock, which survive a power cut at any moment. */
#ifndef JOB_LOG_H
#define JOB_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct job {
    uint16_t id; /* 0 when the log is empty */
    uint8_t slot, state, reason;
};

void job_log_start(void); /* after a reset: settles the job that was interrupted */

bool job_log_knows(uint16_t id);
void job_log_accept(uint16_t id, uint8_t slot);
void job_log_running(void);
void job_log_end(uint8_t state, uint8_t reason); /* lowers the stock in the same write */
void job_log_make_room(void);                    /* between jobs, so that the next is quick */
void job_log_refill(uint8_t slot, uint16_t pieces);

struct job job_log_newest(void);
uint16_t job_log_stock(uint8_t slot);
uint16_t job_log_restarts(void);

#endif

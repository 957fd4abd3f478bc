"""Carries out the dialogue's commands over ROS and tells when each is finished.

A command always finishes: by its result, by its time running out, or because its node was lost.
"""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Time
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.task import Future

from kiosk_interfaces import action, srv
from kiosk_nodes.conversions import error_name, to_booking_facts, to_held_ticket
from kiosk_nodes.running import steady_timer
from kiosk_nodes.spoken_claims import sealing_key
from kiosk_robot.dialogue import session as dialogue
from kiosk_robot.dialogue.session import Command, Finished, GuideProgressed, ScanHinted
from kiosk_robot.documents.hints import Hint
from kiosk_robot.printing.layout import printed_wait
from kiosk_robot.queueing.claims import Claim

SERVICE_TIMEOUT = 3.0  # seconds
CHECK_IN_TIMEOUT = 10.0  # the booking service may be asked twice, 3 s each
PRINT_TIMEOUT = 15.0
SETTLE_PATIENCE, SETTLE_PAUSE = 60.0, 1.0  # a queue that died is back within seconds
DISPENSE_TIMEOUT = 12.0
SCAN_TIME, SCAN_TIMEOUT = 15.0, 18.0
FORM_TIMEOUT = 20.0
GUIDE_SILENCE = 10.0  # seconds without a word from the way until the guide counts as gone
SAY_TIMEOUT = 90.0
SAY_TRIES = 2
RESPAWN_PATIENCE = 6.0  # seconds a sentence waits for a lost voice to come back
BUSY_PAUSE = 0.1
DISCOVERY_PAUSE = 0.05
SETTLE_OUTCOMES = {
    "printing": srv.SettleTicket.Request.PRINTING,
    "issued": srv.SettleTicket.Request.ISSUED,
    "void": srv.SettleTicket.Request.VOID,
}


class Lost(Exception):  # noqa: N818  an outcome, not a mistake
    """No answer: the node is gone, refused, or took too long; str() is the error's name."""


class CommandRunner:
    """One coroutine a command; sentences wait for each other in a queue."""

    def __init__(
        self,
        node: Node,
        *,
        finished: Callable[[Command, Finished], None],
        speaks: Callable[[dialogue.Say], None],
        started: Callable[[Command], None],
        told: Callable[[ScanHinted | GuideProgressed], None],
        says_word: Callable[[int, int], None],
        follow_url: str,
    ) -> None:
        self._node = node
        self._finished = finished
        self._speaks = speaks
        self._started = started
        self._says_word = says_word
        self._told = told
        self._follow_url = follow_url
        self._usable: dict[str, bool] = {}
        self._waiting_on: dict[str, set[Future]] = {}  # device to the calls that wait for it
        self._sentences: deque[dialogue.Say] = deque()
        self._goals: dict[Any, Any] = {}  # goal handles by action
        self._unwanted: set[Any] = set()  # actions whose goal is cancelled, accepted yet or not
        self._speech_running = False
        self._actions = {
            kind: (ActionClient(node, kind, name), device)
            for kind, name, device in (
                (action.Say, "/skill/say", "text_to_speech"),
                (action.PrintTicket, "/skill/print_ticket", "ticket_printer"),
                (action.PrintForm, "/skill/print_form", "form_printer"),
                (action.Dispense, "/skill/dispense", "dispenser"),
                (action.ScanDocument, "/skill/scan_document", "document_scanner"),
                (action.Guide, "/skill/guide", "guide"),
            )
        }
        self._services = {
            kind: node.create_client(kind, name)
            for kind, name in (
                (srv.IssueTicket, "queue/issue_ticket"),
                (srv.SettleTicket, "queue/settle_ticket"),
                (srv.SubmitFeedback, "queue/submit_feedback"),
                (srv.CallStaff, "queue/call_staff"),
                (srv.CheckIn, "queue/check_in"),
            )
        }
        self._ways: dict[type[Command], Callable[[Any], Awaitable[Finished]]] = {
            dialogue.ReserveTicket: self._reserve,
            dialogue.PrintTicket: self._print,
            dialogue.PrintForm: self._print_form,
            dialogue.SettleTicket: self._settle,
            dialogue.Dispense: self._dispense,
            dialogue.ScanDocument: self._scan,
            dialogue.Guide: self._guide,
            dialogue.SubmitFeedback: self._submit_feedback,
            dialogue.CallStaff: self._call_staff,
            dialogue.CheckIn: self._check_in,
        }

    def carry_out(self, command: Command) -> None:
        """Start a command; `finished` is called when it has ended."""
        self._started(command)
        match command:
            case dialogue.Say():
                self._sentences.append(command)
                self._speak_on()
            case dialogue.StopSpeech():
                self.forget()
                self._finished(command, Finished(command.id))
            case dialogue.StopScan():
                self._cancel(action.ScanDocument)
                self._finished(command, Finished(command.id))
            case dialogue.StopGuide():
                self._cancel(action.Guide)
                self._finished(command, Finished(command.id))
            case _:
                self._node.executor.create_task(self._run, command)

    def forget(self) -> None:
        """Fall silent; sentences not yet spoken count as finished."""
        unsaid = list(self._sentences)
        self._sentences.clear()
        self._cancel(action.Say)
        for command in unsaid:
            self._finished(command, Finished(command.id, "canceled"))

    def device_changed(self, device: str, usable: bool) -> None:
        """A device node came or went; what waits for a lost one waits no longer."""
        self._usable[device] = usable
        if not usable:
            for waiting in list(self._waiting_on.get(device, ())):
                if not waiting.done():
                    waiting.set_result("node_lost")

    # --- speech -------------------------------------------------------------------------------

    def _speak_on(self) -> None:
        if self._sentences and not self._speech_running:
            self._speech_running = True
            self._node.executor.create_task(self._speak, self._sentences.popleft())

    async def _speak(self, command: dialogue.Say) -> None:
        self._speaks(command)
        error = ""
        for _ in range(SAY_TRIES):
            error = await self._say_when_free(command)
            if error != "node_lost":
                break
            await self._until_usable("text_to_speech")
        self._speech_running = False
        self._finished(command, Finished(command.id, error))
        self._speak_on()

    async def _say_when_free(self, command: dialogue.Say) -> str:
        """A voice may still be saying what a dialogue that crashed had asked of it."""
        for _ in range(round(RESPAWN_PATIENCE / BUSY_PAUSE)):
            error = await self._say(command)
            if error != "not_active":
                return error
            await self._pause(BUSY_PAUSE)
            if action.Say in self._unwanted:
                return "canceled"
        return "not_active"

    async def _say(self, command: dialogue.Say) -> str:
        goal = action.Say.Goal(
            input=command.text,
            caption=command.caption,
            locale=command.locale,
            rate=command.rate,
            volume=command.volume,
            personal=command.personal,
        )
        try:
            await self._act(goal, action.Say, SAY_TIMEOUT, self._word)
        except Lost as lost:
            return str(lost)
        return ""

    def _word(self, message: Any) -> None:
        self._says_word(message.feedback.word_begin, message.feedback.word_end)

    async def _until_usable(self, device: str) -> None:
        for _ in range(round(RESPAWN_PATIENCE / BUSY_PAUSE)):
            if self._usable.get(device, True):
                return
            await self._pause(BUSY_PAUSE)

    # --- everything else ----------------------------------------------------------------------

    async def _run(self, command: Command) -> None:
        try:
            result = await self._ways[type(command)](command)
        except Lost as lost:
            self._node.get_logger().warning(f"{type(command).__name__}: {lost}")
            result = Finished(command.id, str(lost))
        self._finished(command, result)

    async def _reserve(self, command: dialogue.ReserveTicket) -> Finished:
        response = await self._ask(
            srv.IssueTicket,
            request_id=command.request_id,
            procedure_code=command.procedure_code,
            priority=command.priority,
        )
        return Finished(command.id, ticket=to_held_ticket(response.ticket, self._follow_url))

    async def _check_in(self, command: dialogue.CheckIn) -> Finished:
        claim = command.claim
        if isinstance(claim, Claim):  # from the camera; it goes no further unsealed
            key = sealing_key(self._node)
            if key is None:
                raise Lost("not_connected")
            claim = key.seal(claim)
        response = await self._call(
            srv.CheckIn, CHECK_IN_TIMEOUT, request_id=command.request_id, claim=str(claim)
        )
        error = error_name(response, response.error_code)
        ticket = None if error else to_held_ticket(response.ticket, self._follow_url)
        return Finished(command.id, error, ticket=ticket, booking=to_booking_facts(response))

    async def _settle(self, command: dialogue.SettleTicket) -> Finished:
        """Say it again until the queue has answered: repeating it is harmless, silence is not."""
        deadline = time.monotonic() + (0 if command.outcome == "printing" else SETTLE_PATIENCE)
        while True:
            try:
                await self._ask(
                    srv.SettleTicket,
                    ticket_id=command.ticket_id,
                    outcome=SETTLE_OUTCOMES[command.outcome],
                    delivery=command.delivery,
                    reason=command.reason,
                )
            except Lost as lost:
                if str(lost) not in ("timeout", "store_failed") or time.monotonic() > deadline:
                    raise
                await self._pause(SETTLE_PAUSE)
            else:
                return Finished(command.id)

    async def _submit_feedback(self, command: dialogue.SubmitFeedback) -> Finished:
        response = await self._ask(
            srv.SubmitFeedback,
            request_id=command.request_id,
            session_id=command.session_id,
            rating=command.rating,
            comment=command.comment,
            counter=command.counter,
            staff=command.staff,
        )
        return Finished(command.id, alert_raised=response.alert_raised)

    async def _call_staff(self, command: dialogue.CallStaff) -> Finished:
        response = await self._ask(
            srv.CallStaff, session_id=command.session_id, reason=command.reason
        )
        return Finished(command.id, "" if response.accepted else "store_failed")

    async def _print(self, command: dialogue.PrintTicket) -> Finished:
        ticket = command.ticket
        goal = action.PrintTicket.Goal(
            request_id=ticket.id,
            number=ticket.number,
            counter=command.counter_label,
            counter_place=command.counter_place,
            procedure=command.procedure,
            papers=list(command.papers),
            people_ahead=ticket.people_ahead,
            wait=printed_wait(*ticket.wait),
            issued_at=Time(sec=int(ticket.registered_at)),
            follow_url=ticket.follow_url,
            large_print=command.large_print,
        )
        await self._act(goal, action.PrintTicket, PRINT_TIMEOUT)
        return Finished(command.id)

    async def _print_form(self, command: dialogue.PrintForm) -> Finished:
        filled = command.filling.filled()
        goal = action.PrintForm.Goal(
            form=command.filling.form.code,
            fields=[field.name for field, _ in filled],
            values=[value for _, value in filled],
            ticket=command.ticket,
        )
        await self._act(goal, action.PrintForm, FORM_TIMEOUT)
        return Finished(command.id)

    async def _dispense(self, command: dialogue.Dispense) -> Finished:
        goal = action.Dispense.Goal(item=command.item, request_id=command.request_id)
        await self._act(goal, action.Dispense, DISPENSE_TIMEOUT)
        return Finished(command.id)

    async def _scan(self, command: dialogue.ScanDocument) -> Finished:
        goal = action.ScanDocument.Goal(kinds=list(command.kinds), timeout=SCAN_TIME)
        result = await self._act(goal, action.ScanDocument, SCAN_TIMEOUT, self._hint)
        return Finished(command.id, payload=result.payload)

    def _hint(self, message: Any) -> None:
        self._told(ScanHinted(Hint(message.feedback.hint)))

    async def _guide(self, command: dialogue.Guide) -> Finished:
        goal = action.Guide.Goal(place=command.place, follow=command.follow)
        await self._act(goal, action.Guide, GUIDE_SILENCE, self._on_the_way, while_heard=True)
        return Finished(command.id)

    def _on_the_way(self, message: Any) -> None:
        self._told(GuideProgressed(message.feedback.progress))

    # --- over ROS -----------------------------------------------------------------------------

    async def _ask(self, kind: Any, **fields: Any) -> Any:
        """Call a service; `Lost` when it refuses or does not answer."""
        response = await self._call(kind, SERVICE_TIMEOUT, **fields)
        if getattr(response, "error_code", 0):
            raise Lost(error_name(response, response.error_code))
        return response

    async def _call(self, kind: Any, seconds: float, **fields: Any) -> Any:
        """Call a service; `Lost` when it does not answer in time.

        Asked a second time half-way: right after a start, DDS may drop a request although both
        sides see each other (measured: 1 of 7 starts). Requests carry ids, so that two are one.
        """
        client = self._services[kind]
        if not await self._found(client.service_is_ready, seconds):
            raise Lost("timeout")
        sent: list[Future] = []
        try:
            for _ in range(2):
                sent.append(client.call_async(kind.Request(**fields)))
                await self._race(sent[-1], seconds / 2, device=None)
                if answered := [future for future in sent if future.done()]:
                    return answered[0].result()
        finally:
            for future in sent:
                client.remove_pending_request(future)
        raise Lost("timeout")

    def _cancel(self, kind: Any) -> None:
        """Cancel the goal of an action, also one that is only on its way."""
        self._unwanted.add(kind)
        if kind in self._goals:
            self._goals[kind].cancel_goal_async()

    async def _act(
        self,
        goal: Any,
        kind: Any,
        seconds: float,
        feedback: Callable[[Any], None] | None = None,
        *,
        while_heard: bool = False,
    ) -> Any:
        """Reach a goal; `Lost` with the error's name when it is not reached.

        `while_heard`: the `seconds` begin anew with each feedback.
        """
        client, device = self._actions[kind]
        self._unwanted.discard(kind)
        if not self._usable.get(device, True):
            raise Lost("node_lost")
        if not await self._found(client.server_is_ready, SERVICE_TIMEOUT):
            raise Lost("node_lost")
        words: list[Any] = []  # heard since the waiting began anew

        def hear(message: Any) -> None:
            words.append(message)
            if feedback:
                feedback(message)

        accepted = client.send_goal_async(goal, hear)
        if problem := await self._race(accepted, SERVICE_TIMEOUT, device):
            raise Lost("node_lost" if problem == "timeout" else problem)
        handle = accepted.result()
        if not handle.accepted:
            raise Lost("not_active")
        self._goals[kind] = handle
        if kind in self._unwanted:
            handle.cancel_goal_async()
        future = handle.get_result_async()
        try:
            problem = await self._race(future, seconds, device)
            while problem == "timeout" and while_heard and words:
                words.clear()
                problem = await self._race(future, seconds, device)
        finally:
            self._goals.pop(kind, None)
        if problem:
            raise Lost("unknown_outcome" if problem == "timeout" else problem)
        answer = future.result()
        if answer.result.error_code:
            raise Lost(error_name(answer.result, answer.result.error_code))
        if answer.status != GoalStatus.STATUS_SUCCEEDED:  # an exception in the skill gives no code
            raise Lost("failed")
        return answer.result

    async def _found(self, is_ready: Callable[[], bool], seconds: float) -> bool:
        """Wait until the other side is there: DDS drops what is asked before it was discovered."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if time.monotonic() > deadline:
                return False
            await self._pause(DISCOVERY_PAUSE)
        return True

    async def _race(self, future: Future, seconds: float, device: str | None) -> str:
        """Wait for a future, its time to run out, or its device to be lost; "" when done."""
        first = Future(executor=self._node.executor)
        waiting = self._waiting_on.setdefault(device or "", set())
        waiting.add(first)

        def end(problem: str) -> None:
            if not first.done():
                first.set_result(problem)

        timer = steady_timer(self._node, seconds, lambda: end("timeout"))
        future.add_done_callback(lambda _future: end(""))
        try:
            return await first
        finally:
            waiting.discard(first)
            self._node.destroy_timer(timer)

    async def _pause(self, seconds: float) -> None:
        await self._race(Future(executor=self._node.executor), seconds, device=None)

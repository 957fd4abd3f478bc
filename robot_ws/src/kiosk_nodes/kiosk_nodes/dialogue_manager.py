"""Leads the conversation: events in, the pure dialogue decides, commands out.

Every command becomes a goal or a request, and its result an event again (dialogue_commands.py).
"""

import time
import uuid

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node

from kiosk_interfaces.msg import (
    Choice,
    ClosedCaption,
    DialogueState,
    DialogueTurn,
    GuideState,
    Intent,
    Presence,
    SpokenWord,
)
from kiosk_interfaces.srv import CancelDialogue, Dictate, ReadForm
from kiosk_nodes.conversions import to_requested
from kiosk_nodes.dialogue_commands import CommandRunner
from kiosk_nodes.lifecycle_manager import STATUS_PREFIX
from kiosk_nodes.node_parameters import declare, read
from kiosk_nodes.qos import DIAGNOSTICS, EVENT, STATE
from kiosk_nodes.running import report_alive, run, steady_timer
from kiosk_nodes.turn_log import TurnLog
from kiosk_robot.dialogue.choices import choices
from kiosk_robot.dialogue.forms import DICTATED
from kiosk_robot.dialogue.reducer import Dialogue, Timeouts
from kiosk_robot.dialogue.session import (
    DICTATION,
    Arrived,
    Base,
    BaseChanged,
    Cancelled,
    Command,
    DeviceChanged,
    Dictated,
    Event,
    Finished,
    GuideProgressed,
    Left,
    Say,
    ScanHinted,
    Session,
    Ticked,
    expected,
)
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.parameters import DialogueManager

TICK = 0.5  # seconds


class DialogueManagerNode(Node):
    """Holds the session in memory, and nowhere else."""

    def __init__(self) -> None:
        super().__init__("dialogue_manager")
        report_alive(self)
        declare(self, DialogueManager)
        wanted = read(self, DialogueManager)
        self._knowledge = knowledge = Knowledge.read(wanted.site)
        timeouts = Timeouts(absence=wanted.absence_timeout, silence=wanted.silence_timeout)
        self._dialogue = Dialogue(knowledge, timeouts)
        self._session = Session()
        self._depth = 0  # of steps within steps
        self._sentences = knowledge.sentences
        self._states = self.create_publisher(DialogueState, "dialogue/state", STATE)
        self._captions = self.create_publisher(
            ClosedCaption, "/dialogue_manager/closed_captions", EVENT
        )
        self._words = self.create_publisher(SpokenWord, "/dialogue_manager/spoken_word", EVENT)
        turns = self.create_publisher(DialogueTurn, "dialogue/turns", EVENT)
        self._log = TurnLog(turns.publish, self.get_clock())
        self._runner = CommandRunner(
            self,
            finished=self._finished,
            speaks=self._robot_speaks,
            started=self._log.command_started,
            told=self._told,
            says_word=self._robot_says_word,
            follow_url=wanted.follow_url,
        )
        self.create_subscription(Presence, "presence", self._on_presence, STATE)
        self.create_subscription(Intent, "/intents", self._on_intent, EVENT)
        self.create_subscription(GuideState, "guide/state", self._on_guide_state, STATE)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, DIAGNOSTICS)
        self.create_service(CancelDialogue, "dialogue/cancel", self._on_cancel)
        self.create_service(Dictate, "dialogue/dictate", self._on_dictate)
        self.create_service(ReadForm, "dialogue/read_form", self._on_read_form)
        steady_timer(self, TICK, self._tick)
        self._usable: dict[str, bool] = {}
        self._well = {"ticket_printer": True, "speech_recognition": True}
        self._publish_state()

    # --- events in ----------------------------------------------------------------------------

    def _on_presence(self, presence: Presence) -> None:
        self._log.robot_turn(self._session.id)
        self._step(Arrived(str(uuid.uuid4())) if presence.present else Left())

    def _on_intent(self, intent: Intent) -> None:
        session_id = self._session.id or str(uuid.uuid4())
        try:
            request = to_requested(intent, session_id)
        except ValueError as error:
            self.get_logger().warning(str(error))
            return
        understanding = request.understanding
        self._log.citizen_turn(session_id, understanding.text, understanding.intent)
        self._caption("citizen", understanding.text)
        self._step(request)

    def _on_dictate(self, request: Dictate.Request, response: Dictate.Response) -> Dictate.Response:
        """Words for a form: captions and transcript say only that there were some."""
        session = self._session
        response.accepted = session.phase in DICTATION
        if response.accepted:
            shown = self._sentences[session.locale].text(DICTATED, session.address)
            self._log.citizen_turn(session.id, shown, "dictated")
            self._caption("citizen", shown)
            self._step(Dictated(request.text))
        return response

    def _on_read_form(
        self, request: ReadForm.Request, response: ReadForm.Response
    ) -> ReadForm.Response:
        session = self._session
        if session.form is None or session.phase not in DICTATION:
            return response
        response.title = session.form.form.name.of(session.locale)
        response.asked = session.asking
        lines = session.form.lines(session.asking)
        response.names = [field.name for field, _ in lines]
        response.labels = [field.talk.of(session.locale) for field, _ in lines]
        response.values = [value for _, value in lines]
        return response

    def _on_diagnostics(self, array: DiagnosticArray) -> None:
        for status in array.status:
            if status.name in self._well:
                self._device_is(status.name, status.level < DiagnosticStatus.ERROR)
            if not status.name.startswith(STATUS_PREFIX):
                continue
            device = status.name.removeprefix(STATUS_PREFIX)
            usable = status.level == DiagnosticStatus.OK
            if self._usable.get(device) is usable:
                continue
            self._usable[device] = usable
            self._runner.device_changed(device, usable)
            self._log.robot_turn(self._session.id)
            self._step(DeviceChanged(device, usable))

    def _device_is(self, name: str, well: bool) -> None:
        """A node may be alive without paper or sound: the screen says so before anybody asks."""
        if self._usable.get(name, True) and well is not self._well[name]:
            self._well[name] = well
            self._step(DeviceChanged(name, well))

    def _on_guide_state(self, state: GuideState) -> None:
        self._log.robot_turn(self._session.id)
        self._step(BaseChanged(Base(state.base)))

    def _tick(self) -> None:
        self._log.robot_turn(self._session.id)
        self._step(Ticked())

    def _on_cancel(
        self, request: CancelDialogue.Request, response: CancelDialogue.Response
    ) -> CancelDialogue.Response:
        response.success = bool(self._session.id)
        self.get_logger().info(f"visit ended from outside: {request.reason}")
        self._step(Cancelled())
        return response

    def _finished(self, command: Command, result: Finished) -> None:
        self._log.command_finished(command, result)
        self._step(result)

    def _told(self, event: ScanHinted | GuideProgressed) -> None:
        self._log.robot_turn(self._session.id)
        self._step(event)

    # --- what follows -------------------------------------------------------------------------

    def _step(self, event: Event) -> None:
        """One step of the dialogue and all that follows at once; commands that end at once call
        this again from within.
        """
        turn = self._log.current
        self._depth += 1
        before = self._session
        self._session, commands = self._dialogue.step(before, event, time.monotonic())
        if before.id and not self._session.id:
            self._runner.forget()
        for command in commands:
            self._log.current = turn
            self._runner.carry_out(command)
        self._log.current = turn
        self._depth -= 1
        if self._depth == 0:
            self._log.close_idle()
        if self._session != before:
            self._publish_state()

    def _robot_speaks(self, command: Say) -> None:
        self._log.robot_spoke(command)
        self._caption("robot", command.caption, command.locale)

    def _robot_says_word(self, begin: int, end: int) -> None:
        message = SpokenWord(word_begin=begin, word_end=end)
        message.header.stamp = self.get_clock().now().to_msg()
        self._words.publish(message)

    def _caption(self, speaker: str, text: str, locale: str = "") -> None:
        if not text:
            return
        message = ClosedCaption(
            speaker_id=speaker, text=text, locale=locale or self._session.locale
        )
        message.header.stamp = self.get_clock().now().to_msg()
        self._captions.publish(message)

    def _publish_state(self) -> None:
        session = self._session
        ticket = session.ticket
        notice = session.notice
        state = DialogueState(
            session_id=session.id,
            phase=session.phase.value,
            locale=session.locale,
            procedure_code=session.procedure or "",
            case_id=session.case_id or "",
            ticket_id=ticket.id if ticket else "",
            ticket_number=ticket.number if ticket else "",
            ticket_on_paper=bool(ticket and ticket.on_paper),
            ticket_follow_url=ticket.follow_url if ticket else "",
            place="" if session.journey else session.place,
            notice=self._sentences[session.locale].text(notice, session.address) if notice else "",
            dictating=session.phase in DICTATION,
            expected=expected(session.phase),
            ends_in=self._dialogue.ends_in(session, time.monotonic()),
            choices=[Choice(id=c.id, label=c.label) for c in choices(session, self._knowledge)],
        )
        state.header.stamp = self.get_clock().now().to_msg()
        self._states.publish(state)


def main() -> None:
    """Run the node."""
    run(DialogueManagerNode)


if __name__ == "__main__":
    main()

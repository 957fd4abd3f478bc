"""Every parameter of every node: type, default, meaning and range, in one place.

The nodes declare their ROS parameters from these models, `kiosk config check` holds the YAML files
against them, and the tables of docs/ros_api.md are made from them.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kiosk_robot.secrets import SAFE_ADDRESS


class Parameters(BaseModel):
    """Base of all parameter models. `site` is common to all nodes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    use_sim_time: bool = Field(False, description="take the time from /clock")
    site: str = Field("cua_nam", description="file in config/sites/, without .yaml")


class LifecycleManager(Parameters):
    """Keeps the device nodes configured and active."""

    check_period: float = Field(0.5, ge=0.1, le=10.0, description="seconds between two looks")
    retry_delay: float = Field(
        5.0, ge=0.5, le=60.0, description="seconds until a failed device is retried"
    )


class TextToSpeech(Parameters):
    """Synthesises with espeak-ng or Piper and plays with its own killable player."""

    voice: str = Field(
        "aav/vi",
        description="voice of Vietnamese: espeak-ng's aav/vi (northern), aav/vi-vn-x-central,"
        " aav/vi-vn-x-south, or a Piper voice file (NAME.onnx)",
    )
    voice_en: str = Field("gmw/en", description="voice of English, likewise")
    words_per_minute: int = Field(150, ge=80, le=300, description="ordinary speed of speech")
    player: Literal["aplay", "simulated"] = Field("aplay", description="aplay needs a sound card")
    simulated_speed: float = Field(
        1.0, ge=0.1, le=100.0, description="the simulated player plays this much faster"
    )
    wav_dir: str = Field(
        "", description="the simulated player keeps what it played here; empty: nowhere"
    )


class SpeechRecognition(Parameters):
    """Hears the citizen."""

    engine: Literal["auto", "vosk", "whisper", "cued", "scripted", "none"] = Field(
        "auto",
        description="auto: vosk, else whisper, else cued if it has a socket; cued hears that"
        " somebody speaks and is told the words; scripted is told the words, without a microphone;"
        " none: touch only",
    )
    microphone: str = Field(
        "default",
        description="part of a sound device's name, a WAV file or a pipe of raw 16 kHz sound",
    )
    vosk_model: str = Field("", description="folder of a Vosk model; empty: the one installed")
    scripted_socket: str = Field(
        "", description="Unix socket that tells the cued and the scripted engine the words"
    )
    hold_off: float = Field(
        0.3, ge=0.0, le=2.0, description="seconds deaf after the robot has spoken"
    )


class Camera(Parameters):
    """Publishes frames, and only while somebody subscribes."""

    source: str = Field(
        "/dev/video0",
        description="V4L2 device, video, folder of images, an image read again for each frame, or"
        " `external`: another node publishes camera/image_raw",
    )
    width: int = Field(1280, ge=320, le=3840, description="pixels")
    height: int = Field(720, ge=240, le=2160, description="pixels")
    rate: float = Field(10.0, ge=1.0, le=30.0, description="frames per second")


class DocumentScanner(Parameters):
    """Reads codes from the camera while a goal runs."""

    frame_timeout: float = Field(
        2.0, ge=0.2, le=10.0, description="seconds without a frame until the camera counts as gone"
    )


class TicketPrinter(Parameters):
    """Prints tickets on an ESC/POS printer."""

    url: str = Field(
        "usb://04b8:0202",
        description="tcp://host:port, serial:///dev/...?baudrate=N or usb://vendor:product",
    )
    paper_width: Literal[58, 80] = Field(80, description="millimetres")
    profile: str = Field(
        "default", description="model, a printer profile of python-escpos: printed width and knife"
    )
    confirmation: Literal["printed", "status"] = Field(
        "printed", description="status: for a printer that `kiosk doctor` found not to answer GS r"
    )
    status_period: float = Field(
        5.0, ge=1.0, le=60.0, description="seconds between two status queries"
    )


class FormPrinter(Parameters):
    """Sets filled forms and prints them on A4."""

    url: str = Field(
        "", description="cups://QUEUE or tcp://HOST[:PORT] of a printer that takes PDF; empty: none"
    )


class Dispenser(Parameters):
    """Drives the drink and snack dispenser over Modbus RTU."""

    port: str = Field("/dev/kiosk/dispenser", description="serial device of the dispenser board")
    items: list[str] = Field(["water", "candy"], description="what the slots hold, in slot order")
    poll_rate: float = Field(
        5.0, ge=1.0, le=20.0, description="state reads per second; range is published at this rate"
    )


class Presence(Parameters):
    """Decides from the board's range sensor whether somebody stands before the robot."""

    near: float = Field(1.2, ge=0.2, le=4.0, description="metres; nearer than this is present")
    far: float = Field(1.6, ge=0.3, le=5.0, description="metres; farther than this is gone")
    settle: float = Field(0.4, ge=0.0, le=5.0, description="seconds a change must last")


class Queue(Parameters):
    """Owns the store: tickets, feedback, alerts."""

    database_url: str = Field("", description="empty: KIOSK_DATABASE_URL, else SQLite")
    settle_timeout: float = Field(
        30.0,
        ge=1.0,
        le=3600.0,
        description="seconds after which the printer is asked what became of an unsettled ticket",
    )
    booking_url: str = Field(
        "", pattern=SAFE_ADDRESS, description="booking service, https; empty: no bookings here"
    )
    booking_period: float = Field(
        60.0, ge=1.0, le=3600.0, description="seconds between two looks at the list of bookings"
    )


class IntentExtractor(Parameters):
    """Turns recognised speech into intents."""


class Guide(Parameters):
    """Takes citizens to places of the site, over whatever serves navigate_to_pose."""

    battery_low: float = Field(
        0.2, ge=0.05, le=0.9, description="share of the charge under which it goes to the dock"
    )
    battery_enough: float = Field(
        0.8, ge=0.1, le=1.0, description="share of the charge above which it works again"
    )


class Navigator(Parameters):
    """Serves navigate_to_pose where there is no nav2: in the twin."""

    max_speed: float = Field(0.6, ge=0.1, le=0.6, description="metres per second")


class DialogueManager(Parameters):
    """Leads the conversation."""

    absence_timeout: float = Field(
        30.0, ge=1.0, le=600.0, description="seconds of absence until the session is wiped"
    )
    silence_timeout: float = Field(
        60.0, ge=5.0, le=600.0, description="seconds of silence until the robot asks, then ends"
    )
    follow_url: str = Field(
        "",
        description="address at which citizens' phones reach web_gateway; empty: no code to follow",
    )


class WebGateway(Parameters):
    """Serves the touch screen over HTTP and WebSocket."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="TCP port; 0 chooses a free one")
    certificate: str = Field(
        "",
        description="PEM file with key and certificate, for consoles elsewhere; empty: none",
    )
    secure_port: int = Field(8443, ge=1, le=65535, description="TCP port of HTTPS")


PARAMETERS: dict[str, type[Parameters]] = {
    "lifecycle_manager": LifecycleManager,
    "text_to_speech": TextToSpeech,
    "speech_recognition": SpeechRecognition,
    "camera": Camera,
    "document_scanner": DocumentScanner,
    "ticket_printer": TicketPrinter,
    "form_printer": FormPrinter,
    "dispenser": Dispenser,
    "presence": Presence,
    "queue": Queue,
    "intent_extractor": IntentExtractor,
    "guide": Guide,
    "dialogue_manager": DialogueManager,
    "web_gateway": WebGateway,
    "navigator": Navigator,
}

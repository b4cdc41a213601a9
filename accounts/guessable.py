"""Which passwords are guessed first: words of this service, a person's own names, usual words, rows of keys.

None of them is forbidden in itself: a password is refused where too little is left beside them (NIST SP 800-63B
§3.1.1.2, OWASP ASVS 6.1.2, 6.2.4, 6.2.11). Whoever guesses puts such pieces together, adds a year, and doubles the
whole; a list of whole passwords would be longer and know fewer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

LEFT_LEAST = 8  # characters beside everything that is guessed first
RUN_LEAST = 4  # neighbours in a row of keys, of the alphabet or of digits
NAME_LEAST = 3  # letters of a name: shorter ones stand in many words

#: Words of this service, its people and its office, in their three languages and in Latin letters; without endings.
SERVICE = """
    test exam centre center candidate competition ministry minister state service civil government department agency
    commission appeal result question answer protocol proctor director principal chief school teacher education culture
    admin administrator author approver officer auditor chair member system republic kyrgyz kyrgyzstan kirgiz kirgizia
    bishkek naryn talas batken jalalabad jalal-abad
    тест тестировани центр экзамен кандидат конкурс министерств министр государственн служб отдел агентств комисси
    апелляци результат вопрос ответ протокол наблюдател директор начальник руководител школ учител образовани культур
    администратор админ автор аудитор председател систем республик кыргыз кыргызстан киргизи бишкек
    тестирлөө борбор сынак сыноо талапкер министрлик министрлиги мамлекеттик мамлекет кызмат бөлүм агенттик жыйынтык
    суроо жооп байкоочу жетекчи башчы мектеп мугалим билим маданият төрага мүчө нарын талас баткен жалалабад
    testirlöö testirloo borbor synak synoo talapker ministrlik ministerstv mamleket mamlekettik kyzmat zhetekchi
    jetekchi mektep mugalim madaniyat bilim toraga konkurs ekzamen direktor shkola uchitel kultura obrazovani
"""
#: What people choose everywhere, and here: words, names, teams, greetings.
USUAL = """
    password passwort parol letmein welcome hello login user root guest secret master default changeme access iloveyou
    love sunshine princess dragon monkey football baseball basketball soccer hockey superman batman spiderman pokemon
    naruto starwars trustno1 whatever freedom shadow killer hunter ranger flower summer winter spring autumn computer
    internet google facebook instagram telegram whatsapp samsung iphone apple windows microsoft server michael jordan
    daniel andrew jessica ashley charlie thomas robert maria correcthorsebatterystaple abracadabra blink182
    пароль парольчик привет здравствуй любовь люблю тебя солнышко солнце зайка котенок ангел мама папа семья спартак
    зенит локомотив россия москва секрет доступ вход логин компьютер интернет весна лето осень зима
    александр алексей андрей дмитрий максим сергей никита наташа наталья марина елена ольга татьяна светлана анастасия
    privet lubov lyublyu solnyshko natasha marina elena olga tatiana sergey dmitriy maksim nikita spartak
    сырсөз салам саламатсызбы сүйөм үйбүлө гүлүм жаным манас семетей айкөл тулпар алатоо ысыккөл мекеним айбек нурлан
    бакыт азамат эрлан данияр тилек улан айгүл гүлнара айнура жылдыз назгүл бермет
    salam syrsoz manas semetey alatoo ysykkol issykkul mekenim aibek nurlan bakyt azamat daniyar aigul gulnara ainura
    jyldyz nazgul bermet
"""
_LATIN_KEYS, _CYRILLIC_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,.", "йцукенгшщзхъфывапролджэячсмитьбю"
_ROWS = (
    "1234567890-=", "01234567890", "!@#$%^&*()_+", '!"№;%:?*()_+', "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./",
    "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю.", "abcdefghijklmnopqrstuvwxyz", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "абвгдежзийклмнңоөпрстуүфхцчшщъыьэюя", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujmikolp", "1йфя2цыч3увс4кам5епи6нрт7гоь8шлб9щдю", "1й2ц3у4к5е6н7г8ш9щ0з",
    "йфяцычувскамепинртгоьшлбщдю",
)  # fmt: skip
_RUNS = {
    way[at : at + RUN_LEAST] for row in _ROWS for way in (row, row[::-1]) for at in range(len(way) - RUN_LEAST + 1)
}
_TO_CYRILLIC = str.maketrans(_LATIN_KEYS, _CYRILLIC_KEYS)
_TO_LATIN = str.maketrans(_CYRILLIC_KEYS, _LATIN_KEYS)
_LOOKALIKES = str.maketrans("@4013!$57", "aaoieisst")
_NUMBERS = re.compile(r"(?:19|20)\d\d|\d{6,}")  # years, and dates, telephones, personal numbers
_REPEATED = re.compile(r"(.+?)\1+", re.DOTALL)


def _typed(words: Iterable[str]) -> Iterator[str]:
    """Each word, and what comes of it where the keyboard stands in the other layout."""
    for word in words:
        yield from {word, word.translate(_TO_LATIN), word.translate(_TO_CYRILLIC)}


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(_typed(words)), key=len, reverse=True))


_WORDS = _either((SERVICE + USUAL).split())


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _places(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    for found in pattern.finditer(text):
        yield from range(*found.span())


def left_of(password: str, own: Iterable[str]) -> str:
    """What of a password is not guessed first; ``own`` are the names of the person and of the account."""
    text = _folded(password)
    names = [part for name in own for part in re.split(r"[\W_]+", name.casefold()) if len(part) >= NAME_LEAST]
    words = re.compile("|".join(filter(None, (_either(names), _WORDS))))
    runs = (at for at in range(len(text)) if text[at : at + RUN_LEAST] in _RUNS)
    known = {step for at in runs for step in range(at, at + RUN_LEAST)}
    known.update(_places(words, text), _places(words, text.translate(_LOOKALIKES)), _places(_NUMBERS, text))
    return _REPEATED.sub(r"\1", "".join(sign for at, sign in enumerate(text) if at not in known))


def is_guessable(password: str, *own: str) -> bool:
    """Whether somebody who tries such pieces, alone, together or repeated, comes upon this password."""
    is_repeated = _REPEATED.fullmatch(_folded(password)) is not None
    return is_repeated or len(left_of(password, own)) < LEFT_LEAST

"""Names of people who do not exist, and personal numbers that nobody has."""

from __future__ import annotations

from random import Random

from competitions.people import PersonalData

SURNAMES = (
    "Абдыкеримов", "Асанов", "Байтемиров", "Жумабеков", "Иманалиев", "Кадыров", "Мамытов", "Орозалиев", "Сатыбалдиев",
    "Төлөгөнов", "Үмөталиев", "Чороев", "Ырысбеков", "Эсенгулов", "Өмүрзаков", "Токтосунов", "Бейшеналиев",
    "Касымбеков",
)  # fmt: skip
MEN = ("Нурлан", "Бакыт", "Эркин", "Талант", "Азамат", "Кубанычбек", "Мирлан", "Үсөн", "Улан", "Жыргалбек")
WOMEN = ("Гүлмира", "Айпери", "Нургүл", "Чынара", "Жылдыз", "Өкүмкан", "Бүбүсара", "Салтанат", "Мээрим", "Айнура")
FATHERS = ("Асан", "Токтогул", "Ыңтымак", "Жапар", "Сыдык", "Бейшен", "Өмүр", "Турдубек", "Мукамбет", "Кеңешбек")


def people(count: int, random: Random, *, first: int = 1) -> list[PersonalData]:
    """``count`` people with different names as far as the lists go; numbers begin at ``first``.

    A personal number here begins with 9, which no real one does (the first digit tells sex: 1 or 2).
    """
    found = []
    for number in range(first, first + count):
        woman, father, surname = random.random() < 0.6, random.choice(FATHERS), random.choice(SURNAMES)
        given = random.choice(WOMEN if woman else MEN)
        if number % 9 == 4:  # the Kyrgyz form of a name: no patronymic, 'son of' or 'daughter of'
            data = PersonalData(f"9{number:013}", f"{father} {'кызы' if woman else 'уулу'}", given)
        else:
            data = PersonalData(
                f"9{number:013}", surname + ("а" if woman else ""), given, father + ("овна" if woman else "ович"),
                email=f"candidate{number}@example.kg", phone=f"+996 555 {number:06}",
            )  # fmt: skip
        found.append(data)
    return found

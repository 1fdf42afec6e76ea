"""The words of the synthetic headlines: written for Gatehouse, all names invented.

Many words serve several topics on purpose (court, drive, goal, network, share, run), so that a
single word rarely settles the topic.
"""

from typing import NamedTuple


def phrases(text: str) -> tuple[str, ...]:
    """Splits a comma-separated list."""
    return tuple(" ".join(phrase.split()) for phrase in text.split(","))


class Topic(NamedTuple):
    """The phrases of one topic; every slot is interchangeable between topics in grammar."""

    actors: tuple[str, ...]
    verbs: tuple[str, ...]
    objects: tuple[str, ...]
    settings: tuple[str, ...]


TOPICS = {
    "World": Topic(
        actors=phrases(
            """{place} president, {place} rebels, {place} parliament, Foreign minister {person},
            Envoy {person}, {place} police, Election officials, Aid workers, Peace monitors,
            {place} army, Opposition leader {person}, {place} court, Border guards, Refugees from
            {place}, Prime minister {person}, {place} delegates"""
        ),
        verbs=phrases(
            """rejected, signed, called for, condemned, debated, delayed, agreed to, walked out
            over, defended, backed, warned of, halted, voted on, protested against, pushed for,
            blocked"""
        ),
        objects=phrases(
            """ceasefire, border talks, emergency aid, election recount, hostage exchange, peace
            mission, new sanctions, a state of emergency, troop withdrawal, coalition offer,
            treaty draft, flood relief, security drive, power sharing, war crimes court, an open
            vote, oil embargo, a goal of fewer arms"""
        ),
        settings=phrases(
            """in the capital, at the summit, near the frontier, after clashes, despite protests,
            before the vote, in the disputed north, under a truce, at the security council, after
            a night of shelling, on the eve of talks, in the field hospital"""
        ),
    ),
    "Sports": Topic(
        actors=phrases(
            """{place} Rovers, {place} Falcons, Striker {person}, Coach {person}, Champion {person},
            {place} captain, Rookie {person}, {place} United, Sprinter {person}, {place} keeper,
            Title holders {place}, Pitcher {person}, {place} fans, Veteran {person}, Tennis ace
            {person}, {place} selectors"""
        ),
        verbs=phrases(
            """beat, held off, edged past, dropped, chased, clinched, missed, returned for, settled
            for, defended, signed, raced to, rallied for, lost, eyed, won"""
        ),
        objects=phrases(
            """the cup final, a late winner, the relay gold, an away draw, the league lead, a
            playoff place, the derby, a record transfer, the opening game, extra time, a penalty
            shootout, the batting crown, a court battle of five sets, a home run, the winning
            goal, the pole position, a doping test, a hamstring injury"""
        ),
        settings=phrases(
            """in overtime, at the stadium, before a sell-out crowd, in the second half, on the
            final day, after the break, in straight sets, at the world meet, in the last lap, on
            the road, after a muddy first half, on centre court"""
        ),
    ),
    "Business": Topic(
        actors=phrases(
            """{firm} Holdings, {firm} Bank, Shareholders of {firm}, Chief executive {person},
            {place} exchange, Retailer {firm}, Oil group {firm}, Analysts at {firm}, Investors,
            {place} carmaker, Airline {firm}, Regulators, Economist {person}, {place} exporters,
            Insurer {firm}, Lenders in {place}"""
        ),
        verbs=phrases(
            """cut, raised, posted, bid for, sold, forecast, backed, settled, reported, bought,
            lost, warned of, signed, dropped, approved, expected"""
        ),
        objects=phrases(
            """quarterly profit, a takeover offer, interest rates, share buyback, the dividend, oil
            prices, record losses, a debt deal, retail sales, a pension gap, a merger plan,
            thousands of jobs, the sales goal, market share, currency gains, a cost drive, a chip
            supply contract, its network of stores"""
        ),
        settings=phrases(
            """in early trading, after weak earnings, in the third quarter, amid slow demand, on the
            stock market, despite higher costs, in a crowded field, after the audit, on strong
            exports, at the annual meeting, as shares slide, under bankruptcy court rules"""
        ),
    ),
    "Sci/Tech": Topic(
        actors=phrases(
            """{firm} Labs, {firm} Software, Researchers in {place}, Astronomer {person}, {place}
            engineers, Chip maker {firm}, Biologist {person}, {firm} Mobile, Hackers, {place}
            observatory, Search firm {firm}, Developers at {firm}, Physicist {person}, A {place}
            probe, Game studio {firm}, Scientists"""
        ),
        verbs=phrases(
            """unveiled, launched, patched, tested, discovered, released, warned of, mapped, built,
            traced, delayed, showed, found, raced to, opened, signed"""
        ),
        objects=phrases(
            """a web browser, a security hole, a Saturn orbiter, faster chips, a wireless network, a
            fossil skull, a disk drive, an open source tool, a gene map, a computer virus, a
            search engine, a solar probe, a handheld player, a file sharing service, a climate
            model, spam filters, a space telescope, a robot goal keeper"""
        ),
        settings=phrases(
            """in a new study, on the internet, in orbit, at the developer meet, in the lab, after a
            software test, for desktop computers, over broadband, on the home network, ahead of
            the launch window, in field trials, for mobile users"""
        ),
    ),
}

# Each pair of these belongs to one topic only, though every single word is used by all four:
# what a model of single words cannot see.
MODIFIERS = phrases("""record, power, home, global, final, open, key, summer""")
HEADS = phrases("""deal, run, board, test, season, title, plan, match""")

NEUTRAL_ACTORS = phrases(
    """Officials, {person}, {place} leaders, Critics, A {place} group, Rivals, A spokesman, Experts,
    {place} officials, Organisers"""
)
NEUTRAL_OBJECTS = phrases(
    """the plan, a setback, a fresh start, the decision, a long wait, new rules, the report, a
    change of course, the offer, a second chance"""
)
NEUTRAL_SETTINGS = phrases(
    """this week, after months of doubt, on {day}, for the first time since {year}, at short notice,
    once again, in {place}, by {number}%, as expected"""
)

HEADLINES = (
    "{actor} {verb} {object} {setting}",
    "{actor} {verb} {object} as {pair} nears",
    "{pair}: {actor} {verb} {object}",
    "{actor} {verb} {object} after {pair}",
    "{count} wait for {pair} as {actor} {verb} {object}",
    "UPDATE {digit}: {pair} of {actor} {setting}",
    "{pair} looms; {actor} {verb} {object}",
)
DESCRIPTIONS = (
    "{place} - {actor} {verb} {object} {setting}, and the {pair} may follow on {day}.",
    '"{quote}," said {person} of the {pair} {setting}.',
    "The {pair} was worth {number}% more than in {year}, {actor} said {setting}.",
    "{actor} said on {day} the {pair} would go on {setting}.",
    "{place} ({agency}) - {count} saw the {pair} {setting}; {actor} {verb} {object}.",
    "It is the {digit}th {pair} in {count2} months, {person} said {setting}.",
)
QUOTES = (
    "We need more time",
    "Nobody expected this",
    "It's a good day",
    "We'll look at the numbers",
    "There is no turning back",
    "I can't comment",
    "This isn't over",
    "We had a plan",
)

DAYS = phrases("""Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday""")
AGENCIES = phrases("""NWP, Meridian Wire, Osprey""")
PLACE_STARTS = phrases("""Vel, Kor, Ash, Tam, Bre, Mor, Sel, Dun, Ori, Quil, Har, Zel""")
PLACE_ENDS = phrases("""dania, sk, mere, bor, wick, ovia, stead, intha, aro, gate""")
FIRM_STARTS = phrases("""Cor, Nex, Alt, Bri, Ver, Ulm, Syn, Pel, Lum, Tri, Oct, Gal""")
FIRM_ENDS = phrases("""vane, ion, dex, ara, well, ium, tano, core, opel, is""")
FIRST_NAMES = phrases(
    """Ilse, Marek, Odette, Joon, Pavlo, Amina, Rufus, Saskia, Tomas, Nadia, Emeka, Lena, Viktor,
    Priya, Caleb, Yuki"""
)
LAST_NAMES = phrases(
    """Maruko, Thornvale, Okandu, Bressler, Halvik, Quintero-Rey, Sorrin, Adeyar, Pellow,
    Vantongeren, Ishimoru, Draskov, O'Merrin, Castellane, Lindqvast, Umarov"""
)
